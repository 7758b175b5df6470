"""Which pictures may stand in an email, judged by their first bytes: names and types given are not trusted."""

from __future__ import annotations

import re

# Larger ones are too slow on a phone; nothing is decoded here, so that no picture can be a bomb.
MAX_BYTES = 5_000_000
# SVG is left out: it can carry scripts, and mail clients do not show it.
TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg|gif|webp)\Z")


def extension_of(data: bytes) -> str:
    """What kind of picture this is, or an empty string."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return ""


def type_of(name: str) -> str:
    """The media type of a kept picture, or an empty string for a name that is none of ours."""
    return TYPES[name.rpartition(".")[2]] if _NAME.match(name) else ""


def place_of(name: str) -> str:
    """Where it lies in the storage."""
    return f"mail-pictures/{name[:2]}/{name}"
