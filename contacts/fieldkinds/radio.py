"""One value out of a few, all of them in sight."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.dropdown import Dropdown


class Radio(Dropdown):
    """A choice by radio buttons."""

    key = "radio"
    label = gettext_lazy("Radio buttons")
    icon = "circle-dot"

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.ChoiceField(
            required=False, choices=[("", "—"), *((option, option) for option in options)], widget=forms.RadioSelect
        )
