"""Header fields: values made harmless, encoded and folded (RFC 5322 section 2.2, RFC 2047)."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error as DecodeError
from binascii import a2b_base64, a2b_qp
from functools import lru_cache

from messaging.mime.addresses import wire_address

# Nobody reads more of a subject or name, and servers limit the whole header block.
MAX_VALUE = 2000
LINE = 76

_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z-]*)?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
# C0, DEL, C1, line and paragraph separators, bidirectional overrides, lone surrogates.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*\Z")
_SPACES = re.compile(r"\s{2,}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*\Z")
# RFC 2047 section 5 (3): what may stand for itself in an encoded word within a phrase.
_PLAIN_IN_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_MSG_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}\Z")


def clean_header_value(text: str) -> str:
    """A value as one line of text: encoded words decoded first, then control characters gone.

    In this order, since an encoded word can hold a line end (CVE-2024-6923). Decoded once: what looks
    encoded after that is text, and is encoded again when written.
    """
    text = text[: MAX_VALUE * 4]
    if "=?" in text:
        text = _ENCODED_WORD.sub(_decoded, _BETWEEN_WORDS.sub(r"\1\2", text))
    if not (text.isascii() and text.isprintable()):
        text = _CONTROL.sub(" ", text)
    return (_SPACES.sub(" ", text) if "  " in text or not text.isprintable() else text).strip()[:MAX_VALUE]


def unstructured(name: str, value: str) -> bytes:
    """A field of free text, such as a subject."""
    # Most are short and plain; of the others many are alike within a batch.
    if len(name) + 2 + len(value) <= LINE and _PLAIN.match(value) and "=?" not in value:
        return f"{name}: {value}\r\n".encode("ascii")
    return _unstructured(name, value) if len(value) <= 300 else _unstructured.__wrapped__(name, value)


@lru_cache(maxsize=2048)
def _unstructured(name: str, value: str) -> bytes:
    value = clean_header_value(value)
    if value.isascii() and "=?" not in value and max(map(len, value.split(" "))) <= LINE - len(name) - 2:
        return _folded(name, value.split(" "))
    return _folded(name, encoded_words(value, first=LINE - len(name) - 2))


def structured(name: str, value: str) -> bytes:
    """A field whose value is already in its syntax, folded at its spaces. Only addresses go beyond ASCII (RFC 6532)."""
    line = f"{name}: {value}\r\n"
    return line.encode() if len(line) <= LINE + 2 else _folded(name, value.split(" "))


@lru_cache(maxsize=256)
def mailbox(name: str, address: str) -> str:
    """A display name and an address (RFC 5322 section 3.4), with spaces where it may be folded."""
    wire = wire_address(address)
    shown = phrase(name)
    return f"{shown} <{wire}>" if shown else wire


def phrase(name: str) -> str:
    """A display name: as it is, quoted, or encoded (RFC 5322 section 3.2.5, RFC 2047 section 5)."""
    name = clean_header_value(name)
    if not name or (_ATOMS.match(name) and len(name) <= LINE - 10):
        return name
    if name.isascii() and "=?" not in name and max(map(len, name.split(" "))) <= LINE - 12:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return " ".join(encoded_words(name, first=LINE - 10))


def message_ids(text: str, *, limit: int = 20) -> list[str]:
    """The message ids in a field that came from outside; the first and the latest where there are many."""
    found = _MSG_ID.findall(text) if text.isascii() else []
    return found if len(found) <= limit else [found[0], *found[-(limit - 1) :]]


def encoded_words(text: str, *, first: int) -> list[str]:
    """Encoded words of at most 75 characters, split between characters; the first may be shorter."""
    data = text.encode("utf-8", "replace")
    as_quoted = sum(byte not in _PLAIN_IN_WORD and byte != 32 for byte in data) * 3 < len(data)
    write = _quoted_word if as_quoted else _base64_word
    words: list[str] = []
    held, length, room = b"", 0, min(first, LINE - 1) - len("=?utf-8?q??=")
    for character in text:
        code = character.encode("utf-8", "replace")
        cost = sum(1 if byte in _PLAIN_IN_WORD or byte == 32 else 3 for byte in code) if as_quoted else len(code)
        if held and (length + cost if as_quoted else (length + cost + 2) // 3 * 4) > room:
            words.append(write(held))
            held, length, room = b"", 0, LINE - 1 - len("=?utf-8?q??=")
        held += code
        length += cost
    return [*words, write(held)] if held else words


def _base64_word(data: bytes) -> str:
    return f"=?utf-8?b?{b64encode(data).decode()}?="


def _quoted_word(data: bytes) -> str:
    codes = (chr(byte) if byte in _PLAIN_IN_WORD else "_" if byte == 32 else f"={byte:02X}" for byte in data)
    return f"=?utf-8?q?{''.join(codes)}?="


def _folded(name: str, words: list[str]) -> bytes:
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode()


def _decoded(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    try:
        data = a2b_base64(text + "==") if encoding in "bB" else a2b_qp(text, header=True)
        return data.decode(charset, "replace")
    except (LookupError, DecodeError, ValueError):
        return match[0]
