"""Files around a message: multipart/mixed (RFC 2046), names by RFC 2231 section 4."""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Sequence
from hashlib import blake2s
from urllib.parse import quote

from messaging.mime.facts import Attachment
from messaging.mime.headers import clean_header_value

_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}\Z")
_SAFE_IN_2231 = "!#$&+-.^_`|~"
# A line of a continued parameter stays under 76 characters with its name and number.
_PIECE = 54
_UNSAFE_NAME = re.compile(r'[\\/:*?"<>|]+')
MAX_NAME = 200


def with_attachments(fields: bytes, body: bytes, attachments: Sequence[Attachment], seed: str) -> tuple[bytes, bytes]:
    """The content fields and body of a mixed message around a body and its fields."""
    # "=_" is in no base64 and no quoted-printable text; the inner boundary is a different hash.
    boundary = b"=_m" + blake2s(seed.encode(), digest_size=12).hexdigest().encode()
    parts = [b"--" + boundary + b"\r\n" + fields + b"\r\n" + body]
    parts += [_part(boundary, attachment) for attachment in attachments]
    parts.append(b"\r\n--" + boundary + b"--\r\n")
    return b'Content-Type: multipart/mixed;\r\n boundary="' + boundary + b'"\r\n', b"".join(parts)


def safe_name(name: str) -> str:
    """A file name without folders or characters that a file system refuses."""
    bare = clean_header_value(name).replace("\\", "/").rpartition("/")[2]
    return _UNSAFE_NAME.sub("_", bare).strip(". ")[:MAX_NAME] or "file"


def _part(boundary: bytes, attachment: Attachment) -> bytes:
    kind = attachment.content_type.lower()
    # A message or multipart type would need its own structure (RFC 2046 section 5); as a file it is bytes.
    if not _TYPE.match(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    head = (
        f"\r\n--{boundary.decode()}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_filename(safe_name(attachment.name))}\r\n\r\n"
    )
    return head.encode("ascii") + encodebytes(attachment.data).replace(b"\n", b"\r\n").rstrip(b"\r\n") + b"\r\n"


def _filename(name: str) -> str:
    if name.isascii() and len(name) <= 50:
        escaped = name.replace('"', '\\"')
        return f';\r\n filename="{escaped}"'
    encoded = "utf-8''" + quote(name, safe=_SAFE_IN_2231)
    if len(encoded) <= _PIECE:
        return f";\r\n filename*={encoded}"
    return "".join(f";\r\n filename*{number}*={piece}" for number, piece in enumerate(_pieces(encoded)))


def _pieces(encoded: str) -> list[str]:
    """Cut between escapes, never within one."""
    pieces = [""]
    for code in re.findall(r"%[0-9A-F]{2}|.", encoded):
        if len(pieces[-1]) + len(code) > _PIECE:
            pieces.append("")
        pieces[-1] += code
    return pieces
