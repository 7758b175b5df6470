"""Some values out of a few, kept as `one; two`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import PLAIN, Reading, Value
from contacts.fieldkinds.dropdown import Dropdown

SEPARATORS = re.compile(r"[;,|\n]")


class _Joined(forms.MultipleChoiceField):
    """Several choices whose value is the text that the kind keeps."""

    def clean(self, value: object) -> str:
        return "; ".join(super().clean(value))

    def prepare_value(self, value: object) -> object:
        return [part.strip() for part in SEPARATORS.split(value)] if isinstance(value, str) else value


class MultiSelect(Dropdown):
    """Choices; each is read as a dropdown's one, doubles are dropped."""

    key = "multi_select"
    label = gettext_lazy("Multi-select")
    icon = "checklist"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        chosen = dict.fromkeys(super(MultiSelect, self).parse(part, reading).text for part in self.choices(text))
        return Value("; ".join(chosen))

    def choices(self, text: str) -> list[str]:
        return [part for part in map(str.strip, SEPARATORS.split(text)) if part]

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return _Joined(
            required=False, choices=[(option, option) for option in options], widget=forms.CheckboxSelectMultiple
        )
