"""The body of a mailing as bytes ready for the wire, with holes for what differs per message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s

from messaging.compilation.pieces import MARK, Mode, Piece, Pieces, from_marked, joined
from messaging.compilation.quoted_printable import Encoder, encode_escaped, encode_slot
from messaging.tokens import MESSAGE_TOKEN_LENGTH, PURPOSE_TOKEN_LENGTH

_PART = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
# Stand for the tokens while addresses are written.
_TOKEN, _UNSUBSCRIBE = "\x00", "\x01"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a mailing's counted links, pixel and pages live; `{t}` and `{u}` are a message's tokens."""

    base_url: str

    def of(self, piece: Piece, *, html: bool) -> str:
        """What stands for a fact on the wire, with `\\x00` and `\\x01` for the tokens."""
        match piece[0]:
            case "l":
                return f"{self.base_url}/c/{_TOKEN}/{piece[1]}"  # type: ignore[misc]  # links have a number
            case "o":
                return self._pixel() if html else ""
            case "x":
                return self._trap() if html else ""
            case page:
                return f"{self.base_url}/{page}/{_UNSUBSCRIBE}"

    def _pixel(self) -> str:
        address = f"{self.base_url}/o/{_TOKEN}.gif"
        return f'<img src="{address}" width="1" height="1" alt="" style="display:block;border:0">'

    def _trap(self) -> str:
        return f'<a href="{self.base_url}/c/{_TOKEN}/0" tabindex="-1" aria-hidden="true" style="display:none"></a>'


@dataclass(frozen=True, slots=True)
class WireBody:
    """Chunks with the indexes of their holes."""

    headers: bytes
    # The names of these fields, to compare with what was written.
    names: list[bytes]
    chunks: list[bytes]
    token_at: tuple[int, ...]
    unsubscribe_at: tuple[int, ...]
    # Chunk and slot, by what is done to the slot's text.
    text_at: tuple[tuple[int, int], ...]
    escaped_at: tuple[tuple[int, int], ...]
    blocks_at: tuple[tuple[int, int], ...]
    addresses: Addresses
    # The first chunk of the HTML part.
    html_from: int

    def fill(self, slots: Sequence[str], token: str, unsubscribe_token: str) -> bytes:
        """The body of one message."""
        out = self.chunks.copy()
        mark = token.encode("ascii")
        for index in self.token_at:
            out[index] = mark
        if self.unsubscribe_at:
            mark = unsubscribe_token.encode("ascii")
            for index in self.unsubscribe_at:
                out[index] = mark
        for index, number in self.text_at:
            out[index] = encode_slot(slots[number])
        for index, number in self.escaped_at:
            out[index] = encode_escaped(slots[number])
        for index, number in self.blocks_at:
            block = _block(slots[number], self.addresses.base_url, index >= self.html_from)
            out[index] = block.fill((), token, unsubscribe_token)
        return b"".join(out)


@lru_cache(maxsize=256)
def _block(text: str, base_url: str, html: bool) -> WireBody:
    """A rendered block, encoded but for its addresses: what depends on a country is encoded once a country."""
    writer = _Writer(Addresses(base_url))
    if text.isascii() or not MARK.search(text):
        writer.encoder.raw(encode_slot(text))
    else:
        writer.part(joined(list(from_marked(text))), html=html)
        writer.encoder.line_end()
    return writer.body(b"", html_from=0)


def wire_body(html: Pieces, text: Pieces, base_url: str) -> WireBody:
    """Encode what all messages of a mailing share: text before HTML (RFC 2046 section 5.1.4)."""
    writer = _Writer(Addresses(base_url))
    if not html:
        headers = _PART[:-2] % b"plain"
        writer.part(text, html=False)
        return writer.body(headers, html_from=1 << 30)
    boundary = b"=_" + blake2s(repr((html, text)).encode("utf-8", "replace"), digest_size=12).hexdigest().encode()
    # "=_" is in no quoted-printable text, so the boundary is in neither part (RFC 2045 section 6.7).
    headers = b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n'
    writer.encoder.raw(b"--" + boundary + b"\r\n" + _PART % b"plain")
    writer.part(text, html=False)
    html_from = len(writer.encoder.chunks)
    writer.encoder.raw(b"\r\n--" + boundary + b"\r\n" + _PART % b"html")
    writer.part(html, html=True)
    writer.encoder.raw(b"\r\n--" + boundary + b"--\r\n")
    return writer.body(headers, html_from=html_from)


class _Writer:
    def __init__(self, addresses: Addresses) -> None:
        self.encoder = Encoder()
        self._addresses = addresses
        self._tokens: list[int] = []
        self._unsubscribes: list[int] = []
        self._slots: list[tuple[int, int, Mode]] = []

    def part(self, pieces: Pieces, *, html: bool) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self.encoder.text(piece)
            elif piece[0] == "s":
                self._slots.append((self.encoder.slot(), piece[1], piece[2]))  # type: ignore[misc]
            else:
                self._fact(self._addresses.of(piece, html=html))

    def body(self, headers: bytes, *, html_from: int) -> WireBody:
        return WireBody(
            headers=headers,
            names=re.findall(rb"^([^\s:]+):", headers, re.MULTILINE),
            chunks=self.encoder.finish(),
            token_at=tuple(self._tokens),
            unsubscribe_at=tuple(self._unsubscribes),
            text_at=self._slots_of("text"),
            escaped_at=self._slots_of("escape"),
            blocks_at=self._slots_of("done"),
            addresses=self._addresses,
            html_from=html_from,
        )

    def _slots_of(self, mode: Mode) -> tuple[tuple[int, int], ...]:
        return tuple((index, number) for index, number, found in self._slots if found == mode)

    def _fact(self, written: str) -> None:
        for part in re.split(f"([{_TOKEN}{_UNSUBSCRIBE}])", written):
            if part == _TOKEN:
                self._tokens.append(self.encoder.place(MESSAGE_TOKEN_LENGTH))
            elif part == _UNSUBSCRIBE:
                self._unsubscribes.append(self.encoder.place(PURPOSE_TOKEN_LENGTH))
            else:
                self.encoder.text(part)
