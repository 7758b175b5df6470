"""One line of text."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import PLAIN, BadValue, FieldKind, Reading, Value

LONGEST = 1000


class Text(FieldKind):
    """Anything that fits one line."""

    key = "text"
    label = gettext_lazy("Text")
    icon = "forms"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if len(text) > LONGEST:
            raise BadValue(_("longer than %(most)d characters") % {"most": LONGEST})
        return Value(" ".join(text.split()) if "\n" in text or "\r" in text else text)

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.CharField(required=False, max_length=LONGEST)
