"""A message with the addresses it travels under."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Anything else in an address could end its command and begin another. Spaces and brackets only in quotes.
_PATH = re.compile(
    r'(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]){0,62}"@[A-Za-z0-9.-]{1,255}|[\x21-\x3b\x3d\x3f-\x7e]{1,320})\Z'
)
# The same beyond ASCII, for servers that offer SMTPUTF8: no controls, separators, surrogates or noncharacters.
_UTF8_PATH = re.compile(
    r"[\x21-\x3b\x3d\x3f-\x7e\u00a1-\u2027\u202f-\u205f\u2070-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
    r"\U00010000-\U000efffd]{1,254}@[A-Za-z0-9.-]{1,253}\Z"
)


@dataclass(slots=True, eq=False)
class Envelope:
    """From whom, to whom, and the message with CRLF line ends. An empty sender is the null path.

    Raises ValueError for addresses that are not in wire form (see `messaging.mime.wire_address`).
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes
    # Whether any server can carry it: ASCII in addresses, header and body. All that we build is, but for addresses that
    # are not. Asked several times for each message.
    is_seven_bit: bool = field(init=False)

    def __post_init__(self) -> None:
        if not self.rcpt_to or not all(map(_is_path, self.rcpt_to)):
            raise ValueError("An envelope needs recipients in wire form.")
        if self.mail_from and not _is_path(self.mail_from):
            raise ValueError("An envelope's sender is in wire form or empty.")
        self.is_seven_bit = self.data.isascii() and self.mail_from.isascii() and all(map(str.isascii, self.rcpt_to))

    @property
    def needs_smtputf8(self) -> bool:
        """Whether addresses or the header block go beyond ASCII; only then is it asked for (RFC 6531 section 3.4)."""
        addresses = (self.mail_from, *self.rcpt_to)
        return not (all(map(str.isascii, addresses)) and self.data.partition(b"\r\n\r\n")[0].isascii())

    @property
    def needs_8bitmime(self) -> bool:
        """Whether the body goes beyond ASCII (RFC 6152; RFC 6531 section 3.6: the header block does not count)."""
        return not self.data.isascii() and not self.data.partition(b"\r\n\r\n")[2].isascii()


def _is_path(address: str) -> bool:
    return bool(_PATH.match(address) or (not address.isascii() and _UTF8_PATH.match(address)))


def dot_stuffed(data: bytes) -> bytes:
    """The message as it stands between DATA's answer and the end (RFC 5321 section 4.5.2), final dot included."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
