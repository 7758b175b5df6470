"""Quoted-printable (RFC 2045 section 6.7) in pieces: literals once, slots per recipient.

Every slot begins at the beginning of a line and ends with a soft break, so that its text can be
encoded knowing nothing of its surroundings, and theirs need not be encoded again.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from functools import lru_cache
from html import escape

# A line has at most 76 characters, of which a soft break takes the last.
LINE = 75
SOFT_BREAK = b"=\r\n"


_TOUCHED = re.compile(rb"(?:^|\n)(?:\.|From )")


def _as_byte(byte: int) -> str:
    plain = 33 <= byte <= 126 and byte != 61
    return chr(byte) if plain or byte in b" \t" else f"={byte:02X}"


_BYTES = [_as_byte(byte) for byte in range(256)]
_ASCII = {chr(byte): _BYTES[byte] for byte in range(128)}


class Encoder:
    """Writes text, places of known length and slots; `chunks` has a hole (`b""`) for each place and slot."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._line: list[str] = []
        self._column = 0

    def raw(self, data: bytes) -> None:
        """Write bytes that are no part of the encoded text; a line begins after them."""
        self._flush()
        self.chunks.append(data)
        self._column = 0

    def text(self, text: str) -> None:
        """Encode text; its line ends are `\\n`."""
        lines = text.split("\n")
        for number, line in enumerate(lines):
            ends = number < len(lines) - 1
            self._encode(line, ends=ends)
            if ends:
                self._line.append("\r\n")
                self._column = 0

    def place(self, length: int) -> int:
        """Leave a hole for plain characters of a known length. Returns its index in `chunks`."""
        self._room(length)
        self._column += length
        return self._hole()

    def slot(self) -> int:
        """Leave a hole for what `encode_slot` returns. Returns its index in `chunks`."""
        self.line_end()
        return self._hole()

    def line_end(self) -> None:
        """End the line softly, if one is begun."""
        if self._column:
            self._line.append("=\r\n")
        self._column = 0

    def finish(self) -> list[bytes]:
        """The chunks, complete."""
        self._flush()
        return self.chunks

    def _encode(self, line: str, *, ends: bool) -> None:
        last = len(line) - 1
        for position, character in enumerate(line):
            code = _ASCII.get(character) or "".join(_BYTES[byte] for byte in character.encode("utf-8", "replace"))
            if ends and position == last and character in " \t":
                # White space at a line's end may be lost on the way (rule 3).
                code = f"={ord(character):02X}"
            self._room(len(code))
            if self._column == 0 and (character == "." or line.startswith("From ", position)):
                # Neither dot-stuffing nor mbox's ">From " can touch it then.
                code = f"={ord(character):02X}"
            self._line.append(code)
            self._column += len(code)

    def _room(self, length: int) -> None:
        if self._column + length > LINE:
            self._line.append("=\r\n")
            self._column = 0

    def _hole(self) -> int:
        self._flush()
        self.chunks.append(b"")
        return len(self.chunks) - 1

    def _flush(self) -> None:
        if self._line:
            self.chunks.append("".join(self._line).encode("ascii"))
            self._line = []


def encode_slot(value: str) -> bytes:
    """A slot's text, from the beginning of a line to a soft break; nothing for nothing."""
    # Names, cities, companies and greetings repeat within a batch.
    return _remembered(value) if len(value) <= 100 else _encoded(value)


def encode_escaped(value: str) -> bytes:
    """The same of a value that is no HTML yet."""
    return _remembered_escaped(value) if len(value) <= 100 else _encoded(escape(value))


def _encoded(value: str) -> bytes:
    if (
        value.isascii()
        and value.isprintable()
        and 0 < len(value) <= LINE
        and "=" not in value
        and value[0] != "."
        and not value.startswith("From ")
    ):
        return value.encode("ascii") + SOFT_BREAK
    # The C function knows nothing of dots and of "From " at the beginning of lines: such text goes the slow way.
    data = b2a_qp(value.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    last = len(data) - data.rfind(b"\n") - 1
    if last > LINE or _TOUCHED.search(data):
        encoder = Encoder()
        encoder.text(value)
        data = b"".join(encoder.finish())
    return data if not data or data.endswith(b"\r\n") else data + SOFT_BREAK


_remembered = lru_cache(maxsize=4096)(_encoded)


@lru_cache(maxsize=4096)
def _remembered_escaped(value: str) -> bytes:
    return _encoded(escape(value))
