"""Rules over the names of attached files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from messaging.wirelint.reading import Entity, Received, rule

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PIECE = re.compile(r"""filename\*(?:(\d+)\*)?=([^;\s]*)""")


@rule
def file_names_are_names(mail: Received) -> Iterator[str]:
    """RFC 2183 section 2.3 and RFC 2231: quoted ASCII or encoded, and no path."""
    for part in _files(mail):
        value = part.value("content-disposition")
        if not re.search(r'filename="[^"]+"|filename\*(?:0\*)?=utf-8\'\'', value):
            yield "an attachment without a proper file name"
        name = part.parameter("filename", "content-disposition")
        if "/" in name or "\\" in name.replace('\\"', "") or "%2F" in value or "%5C" in value:
            yield "an attachment whose name has a path"


@rule
def file_names_decode(mail: Received) -> Iterator[str]:
    """RFC 2231 sections 3 and 4: pieces numbered from nought, escapes of whole UTF-8 characters, nothing hidden."""
    for part in _files(mail):
        pieces = _PIECE.findall(part.value("content-disposition"))
        numbers = [int(number) for number, _ in pieces if number]
        if numbers != list(range(len(numbers))) or len(pieces) - len(numbers) > 1:
            yield "a file name whose pieces are not in order"
        text = "".join(piece for _, piece in pieces)
        if text and not re.fullmatch(r"utf-8\'\'(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+", text):
            yield "a file name with characters that need an escape"
        try:
            name = unquote_to_bytes(text).decode() + part.parameter("filename", "content-disposition")
        except UnicodeDecodeError:
            yield "a file name that is not UTF-8"
            continue
        if _CONTROL.search(name):
            yield "a control character in a file name"
        if name.strip(". ") == "":
            yield "a file name that says nothing"


def _files(mail: Received) -> list[Entity]:
    return [part for part in mail.message.leaves() if part.value("content-disposition").startswith("attachment")]
