"""A sent or captured message shown again from its stored slots: view in browser, message page, preview."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from messaging.compilation.compiled import CompiledMailing, resolve_link
from messaging.compilation.pieces import MARK, Piece, Pieces
from messaging.compilation.wire import Addresses
from messaging.mime.facts import MessageFacts


def render_html(compiled: CompiledMailing, slots: Sequence[str], facts: MessageFacts, *, tracked: bool) -> str:
    """The HTML part as text. `tracked` keeps pixel and counted links; without it links lead where they say."""
    return _Page(compiled, list(slots), facts, tracked, html=True).of(compiled.html)


def render_text(compiled: CompiledMailing, slots: Sequence[str], facts: MessageFacts, *, tracked: bool = False) -> str:
    """The text part."""
    return _Page(compiled, list(slots), facts, tracked, html=False).of(compiled.text)


class _Page:
    def __init__(
        self, compiled: CompiledMailing, slots: list[str], facts: MessageFacts, tracked: bool, *, html: bool
    ) -> None:
        self._compiled, self._slots, self._facts = compiled, slots, facts
        self._tracked, self._html = tracked, html
        self._addresses = Addresses(compiled.base_url)

    def of(self, pieces: Pieces) -> str:
        return "".join(self._piece(piece) for piece in pieces)

    def _piece(self, piece: Piece) -> str:
        if isinstance(piece, str):
            return piece
        if len(piece) != 3:
            return self._fact(piece)
        text = self._slots[piece[1]]
        if piece[2] == "escape":
            return escape(text)
        return MARK.sub(lambda mark: self._fact(_piece_of(mark[1])), text) if piece[2] == "done" else text

    def _fact(self, piece: Piece) -> str:
        if not self._tracked and piece[0] in {"o", "x"}:
            return ""
        if not self._tracked and piece[0] == "l":
            address = resolve_link(self._compiled, int(piece[1]), self._slots) or "#"  # type: ignore[misc]
            return escape(address) if self._html else address
        written = self._addresses.of(piece, html=self._html)
        return written.replace("\x00", self._facts.token).replace("\x01", self._facts.unsubscribe_token)


def _piece_of(name: str) -> Piece:
    return ("l", int(name)) if name.isdigit() else (name,)
