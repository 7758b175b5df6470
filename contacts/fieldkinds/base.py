"""What a kind of custom field is: the contract of every file in this folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django import forms

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class BadValue(ValueError):
    """A text that this kind of field cannot hold; the message says why, for its user."""

    permanent = True


@dataclass(frozen=True)
class Value:
    """A typed value: `text` as people and mails read it, and at most one typed column beside it."""

    text: str
    number: Decimal | None = None
    date: date | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """How to read a text where the text alone does not say.

    `options` are those of the field; `day_first` decides 03/04/2026; `zone` is that of times
    without one.
    """

    options: Sequence[str] = ()
    day_first: bool = True
    zone: tzinfo = UTC


PLAIN = Reading()
EMPTY = Value("")


class FieldKind:
    """One kind of field. Stateless; `parse` and `form_field` are all a page or an import needs."""

    key: ClassVar[str]
    label: ClassVar[str | StrPromise]
    icon: ClassVar[str] = "forms"
    # Kinds with a fixed set of values: the definition page asks for them.
    has_options: ClassVar[bool] = False
    # The column of FieldValue beside `text` that `parse` fills: "number", "date" or "at"; "" for none.
    typed: ClassVar[str] = ""
    # Shown on the contact's page (hidden ones are for imports, the API and templates).
    visible: ClassVar[bool] = True

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        """Read a text, already without outer blanks; an empty one is EMPTY. Raises BadValue."""
        raise NotImplementedError

    def choices(self, text: str) -> list[str]:
        """The options that a text names, each on its own; of use for kinds that have options."""
        return [text]

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        """A form field whose value is a text that `parse` reads and `initial` one that it wrote."""
        return forms.CharField(required=False)
