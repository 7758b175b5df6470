"""How a CSV file is written: its encoding, its delimiter and quotes, whether a header stands on top."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, NamedTuple

SAMPLE_BYTES = 256 * 1024
SAMPLE_ROWS = 200
# Longer than any sane cell: what exceeds it is a quotation mark that is never closed.
LONGEST_CELL = 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?$', re.IGNORECASE)

csv.field_size_limit(LONGEST_CELL)

# What the page offers where the guess is wrong. Windows-1252 is read where Latin-1 is said: it is the
# same but for 27 characters that Latin-1 gives to control codes nobody uses (WHATWG Encoding).
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252 (Western)",
    "latin-1": "ISO-8859-1 (Latin-1)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Windows-949 (Korean)",
    "mac_roman": "Mac Roman",
}


@dataclass(frozen=True)
class Dialect:
    """How cells are set apart. `escape` is the character before a quote inside quotes, "" for doubling."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""


@dataclass(frozen=True)
class Format:
    """All that is needed to read a file."""

    encoding: str
    dialect: Dialect
    has_header: bool


class Record(NamedTuple):
    """One row of a file with the line it starts on, counted from 1 as an editor does."""

    line: int
    cells: list[str]


class Unreadable(Exception):
    """The file cannot be read as CSV; the message is for its user."""

    permanent = True


def detect(file: IO[bytes]) -> Format:
    """Look at a whole file (for its encoding) and at its first rows (for the rest)."""
    encoding = detect_encoding(file)
    file.seek(0)
    sample = decode_sample(file.read(SAMPLE_BYTES), encoding)
    if not sample.strip():
        raise Unreadable("The file is empty.")
    dialect = detect_dialect(sample)
    rows = [cells for cells in _rows(sample, dialect) if any(cells)]
    return Format(encoding, dialect, has_header=bool(rows) and not any(map(_ADDRESS.search, rows[0])))


def detect_encoding(file: IO[bytes]) -> str:
    """A Python codec's name: by the byte-order mark, by zero bytes, by whether all of it is UTF-8."""
    file.seek(0)
    start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Text in UTF-16 without a mark: about every other byte of European text is zero.
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 > len(start):
        return "utf-16-be" if even > odd else "utf-16-le"
    file.seek(0)
    decoder, seen = codecs.getincrementaldecoder("utf-8")(), set[int]()
    utf8 = True
    for chunk in iter(lambda: file.read(1024 * 1024), b""):
        if utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                utf8 = False
        seen |= set(chunk) & _NOT_CP1252
    # A sequence cut off at the very end is a damaged UTF-8 file, not another encoding.
    return "utf-8-sig" if utf8 else "latin-1" if seen else "cp1252"


_NOT_CP1252 = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})


def decode_sample(sample: bytes, encoding: str) -> str:
    """Decode the beginning of a file; a character cut in two at its end is left out."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample)


def detect_dialect(sample: str) -> Dialect:
    """The dialect by which most rows of a sample have the same number of cells, more than one."""
    first, _newline, rest = sample.partition("\n")
    if found := _SEPARATOR_LINE.match(first):
        return Dialect(found[1], *_quotes(rest, found[1]))
    scored = [
        (_score(sample, dialect), -rank, dialect)
        for rank, dialect in enumerate(Dialect(mark, *_quotes(sample, mark)) for mark in DELIMITERS)
    ]
    return max(scored, key=lambda each: each[:2])[2]


def _quotes(sample: str, delimiter: str) -> tuple[str, str]:
    """The quote character and how it is escaped, for a delimiter. Double quotes, doubled, unless told otherwise."""
    mark = re.escape(delimiter)
    starts = {quote: len(re.findall(rf"(?:^|{mark}){quote}", sample, re.MULTILINE)) for quote in ('"', "'")}
    quote = "'" if starts["'"] > 2 and not starts['"'] else '"'
    # MySQL and some exports of web shops write \" inside quotes; a doubled quote next to none of those says no.
    escaped = sample.count("\\" + quote)
    return quote, "\\" if escaped and escaped * 2 > sample.count(quote * 2) else ""


def _score(sample: str, dialect: Dialect) -> tuple[float, int]:
    """How well a dialect fits: the share of rows of the most common width, then that width."""
    try:
        widths = Counter(len(cells) for cells in _rows(sample, dialect) if any(cells))
    except Unreadable:
        return 0.0, 0
    if not widths:
        return 0.0, 0
    width, rows = widths.most_common(1)[0]
    share = rows / widths.total()
    return (share if width > 1 else 0.0), width


def _rows(sample: str, dialect: Dialect) -> list[list[str]]:
    rows = [record.cells for record in islice(records(io.StringIO(sample, newline=""), dialect), SAMPLE_ROWS)]
    # The sample may end within a row.
    return rows[:-1] if len(rows) > 2 and len(rows) < SAMPLE_ROWS and len(sample) > SAMPLE_BYTES // 4 else rows


@contextmanager
def open_text(file: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    """A text view of a file, from its beginning, line ends as they stand; leaves the file open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()


def records(text: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """All rows of a file, blank ones too, with their lines. Raises Unreadable, naming the line."""
    reader = csv.reader(
        text,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape or None,
        doublequote=not dialect.escape,
    )
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Unreadable(
                f"From line {line} on the file cannot be read ({error}): perhaps a quotation mark is never closed."
            ) from None
        if cells is None:
            return
        if line == 1 and _SEPARATOR_LINE.match(dialect.delimiter.join(cells)):
            cells = []
        yield Record(line, cells)
        line = reader.line_num + 1
