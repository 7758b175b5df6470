"""A template's source cut into literals, outputs and whole blocks, with their places.

The engine parses; this only finds where each construct begins and ends, so that HTML can be
processed around them and each can become a slot of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["literal", "output", "tag"]

# The engine's own rule: an output or tag ends at the first closing mark, even inside quotes.
_TOKEN = re.compile(
    r"(?P<raw>\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\})"
    r"|(?P<comment>\{%-?\s*comment\b.*?\{%-?\s*endcomment\s*-?%\})"
    r"|(?P<output>\{\{.*?\}\})"
    r"|(?P<tag>\{%-?\s*(?P<name>#|\w*).*?%\})",
    re.DOTALL,
)

BLOCKS = frozenset({"if", "unless", "case", "for", "capture"})


@dataclass(frozen=True, slots=True)
class Token:
    """One construct of the source; `name` is a tag's first word."""

    kind: Kind
    text: str
    start: int
    name: str = ""


def tokens(source: str) -> Iterator[Token]:
    """Cut a source; joining the texts gives it back."""
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            yield Token("literal", source[position : match.start()], position)
        kind: Kind = "output" if match["output"] else "tag"
        name = "raw" if match["raw"] else "comment" if match["comment"] else match["name"] or ""
        yield Token(kind, match[0], match.start(), name)
        position = match.end()
    if position < len(source):
        yield Token("literal", source[position:], position)


def units(source: str) -> Iterator[Token]:
    """Like `tokens`, with each block from its opening to its closing tag as one tag token.

    White space that a hyphen takes away (`{{-`, `-%}`) is taken from the literals beside it.
    """
    depth, held = 0, list[Token]()
    merged: list[Token] = []
    for token in tokens(source):
        held.append(token)
        depth += _depth_change(token)
        if depth <= 0:
            depth = 0
            merged.append(_joined(held))
            held = []
    if held:
        merged.append(_joined(held))
    return _trimmed(merged)


def line_of(source: str, position: int) -> int:
    """The line, from 1, on which a position stands."""
    return source.count("\n", 0, position) + 1


def _depth_change(token: Token) -> int:
    if token.kind != "tag":
        return 0
    if token.name in BLOCKS:
        return 1
    return -1 if token.name.removeprefix("end") in BLOCKS and token.name.startswith("end") else 0


def _joined(held: list[Token]) -> Token:
    if len(held) == 1:
        return held[0]
    return Token("tag", "".join(token.text for token in held), held[0].start, held[0].name)


def _trimmed(merged: list[Token]) -> Iterator[Token]:
    for index, token in enumerate(merged):
        if token.kind != "literal":
            yield token
            continue
        text = token.text
        if index and merged[index - 1].text[-3:] in {"-%}", "-}}"}:
            text = text.lstrip()
        if index + 1 < len(merged) and merged[index + 1].text[:3] in {"{%-", "{{-"}:
            text = text.rstrip()
        if text:
            yield Token("literal", text, token.start)
