"""The tables of one chunk: judged people, by COPY, as the set-based statements find them.

A person becomes a line of COPY's text format where the row is judged, in the judging thread: the
database connection then has one block of bytes to pass on.

`import_row` holds a row a person and a pair of columns a custom field; `import_tagset` the different
sets of tags, which are few. Both are of the transaction's own and gone with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from contacts.imports.judging import TEXTS

if TYPE_CHECKING:
    from contacts.imports.judging import FieldColumn, Person

# Types of FieldValue's columns beside `text`, in their order.
TYPES = {"number": "numeric", "date": "date", "at": "timestamptz"}
# Stands for NULL until a line is escaped; judged texts hold no zero characters.
_NULL = "\0"
# What COPY's text format reads as something else (PostgreSQL manual, COPY, "Text Format").
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", _NULL: "\\N"})
_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r\0]")


class StagedField(NamedTuple):
    """A custom field's columns in the staging table: one of text, and one of its type where it has one."""

    field_id: int
    text: str
    typed: str
    typed_as: str


class Staging:
    """The staging tables of an import: which columns its plan fills. Made once, used for every chunk."""

    def __init__(self, text_names: Sequence[str], fields: Iterable[FieldColumn]) -> None:
        self.fields = [
            StagedField(column.field_id, f"f{column.field_id}", f"f{column.field_id}_typed", column.kind.typed)
            for column in fields
        ]
        self._typed = [each.typed_as for each in self.fields]
        values = [
            name for each in self.fields for name in (each.text, each.typed) if name != each.typed or each.typed_as
        ]
        self.columns = ("line", "email", *text_names, "account", "opted_in", "tagset", *values)

    def create(self) -> str:
        """Statements that make the tables."""
        texts = "".join(f"{name} text NOT NULL DEFAULT '', " for name in TEXTS)
        values = "".join(
            f", {each.text} text" + (f", {each.typed} {TYPES[each.typed_as]}" if each.typed_as else "")
            for each in self.fields
        )
        return f"""
DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_person, pg_temp.import_tagset, pg_temp.import_tag,
  pg_temp.import_changed;
CREATE TEMP TABLE import_row (
  line bigint NOT NULL, email text NOT NULL, {texts}account text NOT NULL, opted_in boolean NOT NULL,
  tagset integer NOT NULL{values}, key text GENERATED ALWAYS AS (lower(email)) STORED
) ON COMMIT DROP;
CREATE TEMP TABLE import_tagset (tagset integer NOT NULL, name text NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE import_changed (contact_id bigint NOT NULL) ON COMMIT DROP
"""

    def line_of(self, person: Person, tagset: int) -> str:
        """A person as a line of the staging table, in the order of `columns`."""
        line = [str(person.line), person.email, *person.texts, person.account, "t" if person.opted_in else "f"]
        line.append(str(tagset))
        for typed_as, value in zip(self._typed, person.values, strict=True):
            line.append(value.text if value else _NULL)
            if typed_as:
                line.append(str(getattr(value, typed_as)) if value else _NULL)
        if _NEEDS_ESCAPE.search("".join(line)):
            line = [cell.translate(_ESCAPES) for cell in line]
        return "\t".join(line) + "\n"

    def values(self) -> str:
        """The custom fields of a person `p` as rows: field, text, and the three typed columns."""
        return ", ".join(f"({each.field_id}, p.{each.text}, {_typed_columns(each)})" for each in self.fields)


def _typed_columns(each: StagedField) -> str:
    return ", ".join(f"p.{each.typed}" if each.typed_as == name else f"NULL::{TYPES[name]}" for name in TYPES)


def copy_lines(cursor: Any, table: str, columns: Sequence[str], lines: bytes) -> None:
    """COPY lines that are written already."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        into.write(lines)


def copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        write = into.write_row
        for row in rows:
            write(row)


def tag_rows(tagsets: dict[tuple[str, ...], int], chosen: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of `import_tagset`: every set with its own tags and those that everybody in the file gets."""
    for tags, number in tagsets.items():
        for tag in (*tags, *chosen):
            yield number, tag
