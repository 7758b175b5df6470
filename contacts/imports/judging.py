"""Judging one row: does it come in, and as what. Pure; the database has its word in `loading`.

A row is rejected when it cannot be told who it is or which cell belongs where. A single bad value
is left out with a warning, and the rest of its row comes in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from contacts.fieldkinds import BadValue, FieldKind, Reading, Value, kind_of
from contacts.fieldkinds.checkbox import read_yes
from contacts.imports.addresses import NoAddress, read_address
from contacts.imports.detect import Record
from contacts.imports.mapping import FIELD
from contacts.imports.plan import Column, Plan
from contacts.models import CustomField, ImportIssue

Level = ImportIssue.Level

_T = TypeVar("_T")
_NAMES = ("first_name", "last_name")

# The columns of Contact that a file may fill, with their widths (contacts.models.contact).
TEXTS = {"first_name": 150, "last_name": 150, "phone": 60, "job_title": 150, "city": 120, "country": 120}
LONGEST_ACCOUNT = 255
LONGEST_TAG = 100
MOST_OPTIONS = 200
# Cells whose reading is kept, a column: enough for all choices, tags and most dates; a few hundred KB.
MOST_KNOWN = 4096

_TAG_MARKS = re.compile(r"[,;|\n]")
# What follows a line break in "John\r\nBcc: all@example.com": a field name of RFC 5322 section 2.2.
_HEADER = re.compile(r"\s*[!-9;-~]+\s*:")
# Joiners that emoji, Persian and Indic names are written with; all other format characters are noise.
_MEANT = "\u200c\u200d"


@dataclass
class Issue:
    """Something to tell about a line; becomes an ImportIssue."""

    line: int
    level: str
    code: str
    detail: str = ""
    raw: list[str] | None = None


@dataclass(slots=True)
class Person:
    """A row that comes in.

    `texts` are in the order of `Judge.text_names`; `values` in that of `Judge.fields`, None for none.
    """

    line: int
    email: str
    texts: list[str]
    account: str = ""
    tags: tuple[str, ...] = ()
    opted_in: bool = True
    values: list[Value | None] = field(default_factory=list)


@dataclass
class FieldColumn:
    """A column of a custom field. Where `learns`, unknown options become known."""

    index: int
    label: str
    field_id: int
    kind: FieldKind
    reading: Reading
    learns: bool
    known: dict[str, Value] = field(default_factory=dict)


class Judge:
    """Judges rows by a plan. Issues pile up in `issues`, learned options in `learned`, until taken."""

    def __init__(self, plan: Plan, fields: Mapping[int, CustomField], reading: Reading) -> None:
        self.width = len(plan.columns)
        self.issues: list[Issue] = []
        self.learned: dict[int, tuple[str, ...]] = {}
        self._labels = [column.header or f"#{number}" for number, column in enumerate(plan.columns, 1)]
        # Cells behind this one are not used: a row that ends before may come in.
        self._needed = 1 + max((i for i, c in enumerate(plan.columns) if c.target != "ignore"), default=-1)
        index = {column.target: number for number, column in enumerate(plan.columns)}
        self._email = index.get("email")
        # Names come first: where no column holds them, a full name or what stands beside the address may.
        self._texts = [(index.get(name, -1), width) for name, width in TEXTS.items() if name in index or name in _NAMES]
        self.text_names = tuple(name for name in TEXTS if name in index or name in _NAMES)
        self._shortest = min(width for _index, width in self._texts)
        self._known_tags: dict[str, tuple[str, ...]] = {}
        self._full_name, self._account = index.get("full_name"), index.get("account")
        self._tags, self._opt_in = index.get("tags"), index.get("opt_in")
        self.fields = [
            self._field_column(number, column, fields, plan, reading)
            for number, column in enumerate(plan.columns)
            if column.target.startswith(FIELD) and int(column.target.removeprefix(FIELD)) in fields
        ]

    def judge(self, record: Record) -> Person | None:
        """The person in a row; None where it is blank (no issue) or rejected (with one)."""
        line, cells = record
        whole = "".join(cells)
        if not whole or whole.isspace():
            return None
        if len(cells) != self.width and not self._made_to_fit(record):
            return None
        try:
            address = read_address(cells[self._email] if self._email is not None else "")
        except NoAddress as error:
            self._reject(record, error.code, error.words)
            return None
        # One look at the whole row saves one at each of its cells: nearly all rows have nothing to clean.
        plain = whole.isprintable()
        person = Person(line, address.email, self._texts_of(line, cells, plain=plain))
        if address.cleaned:
            self._warn(line, "email_cleaned")
        if address.needs_smtputf8:
            self._warn(line, "smtputf8")
        if address.name or self._full_name is not None:
            self._name(person, cells, address.name)
        if self._account is not None:
            person.account = self._one_line(line, self._account, cells[self._account], LONGEST_ACCOUNT)
        if self._tags is not None and cells[self._tags]:
            person.tags = self._tags_in(line, cells[self._tags])
        if self._opt_in is not None:
            person.opted_in = self._says_yes(line, cells[self._opt_in].strip())
        if self.fields:
            person.values = [self._value(line, column, cells[column.index].strip()) for column in self.fields]
        return person

    def _texts_of(self, line: int, cells: list[str], *, plain: bool) -> list[str]:
        if plain:
            texts = [cells[index].strip() if index >= 0 else "" for index, _width in self._texts]
            if max(map(len, texts)) <= self._shortest:
                return texts
        return [self._one_line(line, index, cells[index], width) if index >= 0 else "" for index, width in self._texts]

    def _made_to_fit(self, record: Record) -> bool:
        """Whether a ragged row still has every cell where it belongs; pads it or rejects it."""
        cells = record.cells
        if self._needed <= len(cells) < self.width or (len(cells) > self.width and not any(cells[self.width :])):
            cells.extend([""] * (self.width - len(cells)))
            return True
        self._reject(record, "cells", f"{len(cells)}|{self.width}")
        return False

    def _name(self, person: Person, cells: list[str], beside_address: str) -> None:
        """Fill in the name from a column of full names, or from `"Ada Lovelace" <ada@…>`."""
        if self._full_name is not None:
            width = TEXTS["first_name"]
            full = self._one_line(person.line, self._full_name, cells[self._full_name], 2 * width)
        elif beside_address and not any(person.texts[:2]):
            full = beside_address
        else:
            return
        first, last = split_name(full)
        person.texts[:2] = first[: TEXTS["first_name"]], last[: TEXTS["last_name"]]

    def _one_line(self, line: int, index: int, text: str, longest: int) -> str:
        """A text for one line: no breaks, no control characters, not too long."""
        if text and not text.isprintable():
            text = self._printable(line, index, text)
        text = text.strip()
        if len(text) > longest:
            self._warn(line, "too_long", f"{self._labels[index]} ({len(text)} > {longest})")
            return ""
        return text

    def _printable(self, line: int, index: int, text: str) -> str:
        kept = text.strip()
        first, *rest = re.split(r"\r\n|[\r\n\v\f\x85\u2028\u2029]", kept)
        if rest:
            smuggled = any(map(_HEADER.match, rest))
            self._warn(line, "header_injection" if smuggled else "line_break", self._labels[index])
            kept = first if smuggled else " ".join(part.strip() for part in kept.splitlines())
        clean = without_control(kept.replace("\t", " "))
        if clean != kept.replace("\t", " "):
            self._warn(line, "control", self._labels[index])
        return clean

    def _tags_in(self, line: int, cell: str) -> tuple[str, ...]:
        if (known := self._known_tags.get(cell)) is not None:
            return known
        tags: dict[str, str] = {}
        warned = False
        for part in _TAG_MARKS.split(cell):
            tag = " ".join(without_control(part).split())
            if len(tag) > LONGEST_TAG or (tag and not tag.isprintable()):
                self._warn(line, "bad_tag", tag[:80])
                warned = True
            elif tag:
                tags.setdefault(tag.lower(), tag)
        found = tuple(tags.values())
        if not warned:
            _keep(self._known_tags, cell, found)
        return found

    def _says_yes(self, line: int, cell: str) -> bool:
        """Whether a cell gives consent. An empty one does not: silence is no consent (GDPR recital 32)."""
        said = read_yes(cell) if cell else False
        if said is None:
            self._warn(line, "unclear_consent", cell[:80])
        return bool(said)

    def _value(self, line: int, column: FieldColumn, text: str) -> Value | None:
        if not text:
            return None
        if (known := column.known.get(text)) is not None:
            return known
        cell = text
        if not text.isprintable():
            text = without_control(text, keep="\n\r\t").strip()
        try:
            value = self._parse(column, text)
        except BadValue as error:
            self._warn(line, "bad_value", f"{column.label}: “{text[:80]}” – {error}")
            return None
        if not value.text:
            return None
        _keep(column.known, cell, value)
        return value

    def _parse(self, column: FieldColumn, text: str) -> Value:
        """Read a value; where the column learns, what it does not know yet becomes an option first."""
        try:
            return column.kind.parse(text, column.reading)
        except BadValue:
            if not column.learns:
                raise
        known = {option.lower() for option in column.reading.options}
        fresh = {part.lower(): part for part in reversed(column.kind.choices(text)) if part.lower() not in known}
        options = (*column.reading.options, *reversed(fresh.values()))
        reading = replace(column.reading, options=options)
        if len(options) > MOST_OPTIONS or any(len(part) > LONGEST_TAG for part in fresh):
            reading = column.reading
        value = column.kind.parse(text, reading)
        column.reading = reading
        self.learned[column.field_id] = options
        return value

    def _warn(self, line: int, code: str, detail: str = "") -> None:
        self.issues.append(Issue(line, Level.WARNING, code, detail))

    def _reject(self, record: Record, code: str, detail: str = "") -> None:
        self.issues.append(Issue(record.line, Level.REJECTED, code, detail, record.cells))

    @staticmethod
    def _field_column(
        index: int, column: Column, fields: Mapping[int, CustomField], plan: Plan, reading: Reading
    ) -> FieldColumn:
        definition = fields[int(column.target.removeprefix(FIELD))]
        own = replace(reading, options=tuple(definition.options), day_first=column.day_first is not False)
        kind = kind_of(definition.kind)
        learns = kind.has_options and (column.add_options or definition.pk in plan.made_fields)
        return FieldColumn(index, definition.label, definition.pk, kind, own, learns)


def _keep(known: dict[str, _T], cell: str, found: _T) -> None:
    """Remember a reading; a column of many values forgets all and begins anew, so that memory stays flat."""
    if len(cell) > LONGEST_TAG:
        return
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[cell] = found


def split_name(full: str) -> tuple[str, str]:
    """First and last name of `Ada King Lovelace` or `Lovelace, Ada`; a single word is a first name."""
    if "," in full:
        last, _comma, first = full.partition(",")
        return first.strip(), last.strip()
    first, _blank, last = full.strip().rpartition(" ")
    return (first.strip(), last) if first else (last, "")


def without_control(text: str, keep: str = "") -> str:
    """A text without control, format and surrogate characters; wide blanks become plain ones."""
    if text.isprintable():
        return text
    return "".join(_plain(char) for char in text if char in keep or char in _MEANT or not _is_noise(char))


def _is_noise(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs")


def _plain(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else char
