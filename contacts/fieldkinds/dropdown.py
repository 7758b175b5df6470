"""One value out of a few."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import PLAIN, BadValue, FieldKind, Reading, Value


class Dropdown(FieldKind):
    """A choice; a text that differs from an option only by case is that option."""

    key = "dropdown"
    label = gettext_lazy("Dropdown")
    icon = "select"
    has_options = True

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text or text in reading.options:
            return Value(text)
        lowered = text.lower()
        for option in reading.options:
            if option.lower() == lowered:
                return Value(option)
        raise BadValue(_("not one of the field's options"))

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.ChoiceField(required=False, choices=[("", "—"), *((option, option) for option in options)])
