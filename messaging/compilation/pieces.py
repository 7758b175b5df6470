"""A part of a message as pieces: literal text, slots filled per recipient, facts of the message.

Pieces are kept as JSON: a string is literal; `["s", n, mode]` a slot; `["l", n]` a link's address;
`["o"]` the open pixel; `["x"]` the link that only scanners follow; `["u"]`, `["p"]`, `["v"]` the
addresses to unsubscribe, of the preferences and to view in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from messaging.compilation.markup import FACT_CLOSE, FACT_OPEN

# How a slot's text goes into its part: as it is, escaped for HTML, or finished but for its marks.
Mode = Literal["text", "escape", "done"]
Piece = str | tuple[str, int, Mode] | tuple[str, int] | tuple[str]
Pieces = tuple[Piece, ...]

PIXEL = f"{FACT_OPEN}o{FACT_CLOSE}"
TRAP = f"{FACT_OPEN}x{FACT_CLOSE}"
LINK_MARKS = {
    "unsubscribe_url": f"{FACT_OPEN}u{FACT_CLOSE}",
    "preferences_url": f"{FACT_OPEN}p{FACT_CLOSE}",
    "view_url": f"{FACT_OPEN}v{FACT_CLOSE}",
}
MARK = re.compile(f"{FACT_OPEN}(\\d+|[a-z]){FACT_CLOSE}")


def from_marked(text: str) -> Iterator[Piece]:
    """Cut text at the marks of facts."""
    position = 0
    for match in MARK.finditer(text):
        if match.start() > position:
            yield text[position : match.start()]
        yield ("l", int(match[1])) if match[1].isdigit() else (match[1],)
        position = match.end()
    if position < len(text):
        yield text[position:]


def joined(pieces: list[Piece]) -> Pieces:
    """Pieces with neighbouring literals made one."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "":
            out.append(piece)
    return tuple(out)


def from_json(raw: list[object]) -> Pieces:
    """Pieces as they were kept."""
    return tuple(piece if isinstance(piece, str) else tuple(piece) for piece in raw)  # type: ignore[arg-type, misc]
