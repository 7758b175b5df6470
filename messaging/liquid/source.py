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
_OPENING = re.compile(r"\{\{|\{%-?\s*(?P<name>#|\w*)")
_ENDS = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "comment")}

BLOCKS = frozenset({"if", "unless", "case", "for", "capture"})


@dataclass(frozen=True, slots=True)
class Token:
    """One construct of the source; `name` is a tag's first word."""

    kind: Kind
    text: str
    start: int
    name: str = ""


def tokens(source: str) -> Iterator[Token]:
    """Cut a source; joining the texts gives it back. What is never closed is literal."""
    position = 0
    unclosed: set[str] = set()
    for opening in _OPENING.finditer(source):
        if opening.start() < position:
            continue
        end = _end_of(source, opening, unclosed)
        if end is None:
            continue
        if opening.start() > position:
            yield Token("literal", source[position : opening.start()], position)
        kind: Kind = "output" if opening["name"] is None else "tag"
        yield Token(kind, source[opening.start() : end], opening.start(), opening["name"] or "")
        position = end
    if position < len(source):
        yield Token("literal", source[position:], position)


def _end_of(source: str, opening: re.Match[str], unclosed: set[str]) -> int | None:
    """Where a construct ends. `unclosed` remembers closings that occur no more: each is looked for once."""
    name = opening["name"]
    closing = "}}" if name is None else "%}"
    if closing in unclosed:
        return None
    at = source.find(closing, opening.end() if name is None else max(opening.end(), opening.start() + 2))
    if at < 0:
        unclosed.add(closing)
        return None
    if name in _ENDS and name not in unclosed:
        if end := _ENDS[name].search(source, at + 2):
            return end.end()
        unclosed.add(name)
    return at + 2


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
