"""Moments: a day as in `date`, a time behind it, perhaps a zone. Kept in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import EMPTY, PLAIN, BadValue, FieldKind, Reading, Value
from contacts.fieldkinds.date import read_date

_TIME = re.compile(r"^(.*?)(?:[T\s]|,\s)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?$", re.ASCII)


def read_moment(text: str, reading: Reading) -> datetime:
    """Read a moment; a bare day is its midnight in `reading.zone`. Raises BadValue."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _read_other(text, reading)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=reading.zone)).astimezone(UTC)
    except OverflowError:
        raise BadValue(_("not a date and time")) from None


def _read_other(text: str, reading: Reading) -> datetime:
    found = _TIME.match(text)
    day = read_date(found[1].rstrip() if found else text, day_first=reading.day_first)
    if not found:
        return datetime.combine(day, time())
    try:
        hour = int(found[2])
        if found[5]:
            hour = hour % 12 + (12 if found[5][0] in "pP" else 0)
        return datetime.combine(day, time(hour, int(found[3]), int(found[4] or 0)))
    except ValueError:
        raise BadValue(_("not a date and time")) from None


class DateTime(FieldKind):
    """A moment, shown as `2026-07-30 19:45` in UTC."""

    key = "date_time"
    label = gettext_lazy("Date and time")
    icon = "clock"
    typed = "at"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text:
            return EMPTY
        moment = read_moment(text, reading)
        return Value(moment.isoformat(" ", "minutes").removesuffix("+00:00"), at=moment)

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "datetime-local"}))
