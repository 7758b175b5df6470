"""Days: 2026-07-30, 30.07.2026, 30/07/2026 or 07/30/2026, 30 Jul 2026, July 30, 2026."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import EMPTY, PLAIN, BadValue, FieldKind, Reading, Value

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})$", re.ASCII)
_WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?([^\W\d_]{3,})\.?|([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[\s-]+(?:de\s+)?(\d{4})$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# German, French, Spanish, Italian and Dutch months whose first three letters differ from the English ones.
_OTHER_MONTHS = {
    "gen": 1, "ene": 1, "fév": 2, "fev": 2, "mär": 3, "mrz": 3, "maa": 3, "avr": 4, "abr": 4, "mai": 5, "mag": 5,
    "mei": 5, "may": 5, "giu": 6, "lug": 7, "aoû": 8, "aou": 8, "ago": 8, "set": 9, "okt": 10, "ott": 10, "out": 10,
    "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)} | _OTHER_MONTHS
# Two digits of a year: up to 30 they are of this century (people import birthdays, not plans for 2040).
_LAST_YEAR_OF_THIS_CENTURY = 30


def read_date(text: str, *, day_first: bool) -> date:
    """Read a day; `day_first` decides only between slashes and dashes. Raises BadValue."""
    try:
        if found := _ISO.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBERS.match(text):
            first, second, year = int(found[1]), int(found[3]), _year(found[4])
            # A point between the numbers is European: the day stands first.
            day, month = (first, second) if day_first or found[2] == "." else (second, first)
            return date(year, month, day)
        if found := _WORDS.match(text):
            return date(int(found[5]), _month(found[2] or found[3]), int(found[1] or found[4]))
    except (ValueError, KeyError):
        pass
    raise BadValue(_("not a date"))


def order_told_by(text: str) -> bool | None:
    """What a text like 25/12/2026 tells of the order in its column: True for day first, None for nothing."""
    found = _NUMBERS.match(text.split(" ", 1)[0].split("T", 1)[0])
    if not found or found[2] == ".":
        return None
    first, second = int(found[1]), int(found[3])
    return None if (first > 12) == (second > 12) else first > 12


def _month(name: str) -> int:
    lowered = name.lower()
    # juin and juillet share three letters.
    return 6 if lowered == "juin" else 7 if lowered.startswith("juil") else _MONTH_NUMBERS[lowered[:3]]


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year <= _LAST_YEAR_OF_THIS_CENTURY else 1900)


class Date(FieldKind):
    """A day, kept and shown as ISO 8601."""

    key = "date"
    label = gettext_lazy("Date")
    icon = "calendar"
    typed = "date"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text:
            return EMPTY
        day = read_date(text, day_first=reading.day_first)
        return Value(day.isoformat(), date=day)

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "date"}))
