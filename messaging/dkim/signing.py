"""The signature fields of a message (RFC 6376 section 3.5): what is covered, how it is folded, what it costs.

For each message the header block is read and the body hashed once, however many keys sign.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

from messaging.dkim.canonical import relaxed_body
from messaging.dkim.keys import ALGORITHMS, Sign

# A signature is worth nothing after this (x=): whoever replays a message must be quick. Relays keep trying for
# five days at most (RFC 5321 section 4.5.4.1), and a message of ours that is tried again is signed again.
VALID_SECONDS = 7 * 24 * 3600
LINE = 78
_BASE64_LINE = 72

# What is covered (RFC 6376 section 5.4.1, RFC 8058 section 4), and whether it is also covered where it is missing:
# then nobody can add it (section 8.15). What is there is always covered once more than it occurs.
COVERED: Mapping[bytes, bool] = {
    b"from": True,
    b"to": True,
    b"cc": True,
    b"subject": True,
    b"date": True,
    b"message-id": False,
    b"reply-to": True,
    b"sender": False,
    b"mime-version": False,
    b"content-type": True,
    b"content-transfer-encoding": False,
    b"in-reply-to": False,
    b"references": False,
    b"list-id": False,
    b"list-unsubscribe": True,
    b"list-unsubscribe-post": True,
    b"feedback-id": False,
    b"auto-submitted": False,
}

Names = tuple[bytes, ...]


class SigningKey:
    """One key at work. `domain` and `selector` are ASCII, in lower case."""

    def __init__(self, *, domain: str, selector: str, algorithm: str, sign: Sign) -> None:
        self.domain = domain
        self.selector = selector
        self.algorithm = algorithm
        self._sign = sign
        # The tags that all messages with the same fields share: folded, and canonical.
        self._beginnings: dict[Names, tuple[bytes, bytes]] = {}

    def field(self, names: Names, covered: bytes, body_hash: bytes, now: int) -> bytes:
        """The whole field with its line end. `covered` is canonical and ends with CRLF."""
        folded, canonical = self._beginnings.get(names) or self._begin(names)
        times = b" t=%d; x=%d;" % (now, now + VALID_SECONDS)
        # The field itself is covered too, with nothing in its b= and no line end (section 3.7).
        signed = b"%sdkim-signature:%s%s bh=%s; b=" % (covered, canonical, times, body_hash)
        signature = b64encode(self._sign(signed))
        lines = [signature[at : at + _BASE64_LINE] for at in range(0, len(signature), _BASE64_LINE)]
        return b"DKIM-Signature: %s\r\n%s\r\n bh=%s;\r\n b=%s\r\n" % (folded, times, body_hash, b"\r\n ".join(lines))

    def _begin(self, names: Names) -> tuple[bytes, bytes]:
        tags = [
            "v=1;",
            f" a={ALGORITHMS[self.algorithm].name};",
            " c=relaxed/relaxed;",
            f" d={self.domain};",
            f" s={self.selector};",
        ]
        folded = _folded([tag.encode("ascii") for tag in tags] + _names_tag(names))
        self._beginnings[names] = found = folded, folded.replace(b"\r\n ", b" ")
        return found


def signed(raw: bytes, fields: Sequence[tuple[bytes, bytes]], body: bytes, keys: Sequence[SigningKey]) -> bytes:
    """The message with a signature of each key above its fields."""
    names, covered = _covered(fields)
    body_hash = b64encode(sha256(relaxed_body(body)).digest())
    now = int(time.time())
    return b"".join([*[key.field(names, covered, body_hash, now) for key in keys], raw])


def _covered(fields: Sequence[tuple[bytes, bytes]]) -> tuple[Names, bytes]:
    """The names for `h=`, and the fields they cover, each with its line end."""
    held: dict[bytes, list[bytes]] = {}
    for name, line in fields:
        if name in COVERED:
            held.setdefault(name, []).append(line)
    names: list[bytes] = []
    lines: list[bytes] = []
    for name, always in COVERED.items():
        if found := held.get(name):
            # From the bottom of the block upwards (RFC 6376 section 5.4.2).
            lines += reversed(found)
            names += [name] * (len(found) + 1)
        elif always:
            names.append(name)
    return tuple(names), b"\r\n".join([*lines, b""])


def _names_tag(names: Names) -> list[bytes]:
    return [b" h=" + names[0] + b":", *[name + b":" for name in names[1:-1]], names[-1] + b";"]


def _folded(words: Sequence[bytes]) -> bytes:
    """Words that bring their own spaces, with line ends where they are needed."""
    lines, line = [], b"DKIM-Signature: "
    for word in words:
        if len(line) + len(word) > LINE:
            lines.append(line)
            line = b" " + word.lstrip(b" ")
        else:
            line += word
    return b"\r\n".join([*lines, line])[len(b"DKIM-Signature: ") :]
