"""A message with the addresses it travels under."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Anything else in an address could end its command and begin another. Spaces and brackets only in quotes.
_PATH = re.compile(
    r'(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]){0,62}"@[A-Za-z0-9.-]{1,255}|[\x21-\x3b\x3d\x3f-\x7e]{1,320})\Z'
)


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """From whom, to whom, and the message with CRLF line ends. An empty sender is the null path.

    Raises ValueError for addresses that are not in wire form (see `messaging.mime.wire_address`).
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes

    def __post_init__(self) -> None:
        if not self.rcpt_to or not all(map(_PATH.match, self.rcpt_to)):
            raise ValueError("An envelope needs recipients in wire form.")
        if self.mail_from and not _PATH.match(self.mail_from):
            raise ValueError("An envelope's sender is in wire form or empty.")


def dot_stuffed(data: bytes) -> bytes:
    """The message as it stands between DATA's answer and the end (RFC 5321 section 4.5.2), final dot included."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
