"""Several lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import PLAIN, BadValue, FieldKind, Reading, Value

LONGEST = 20_000


class LongText(FieldKind):
    """Paragraphs; lines end in a bare line feed."""

    key = "long_text"
    label = gettext_lazy("Long text")
    icon = "file-text"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if len(text) > LONGEST:
            raise BadValue(_("longer than %(most)d characters") % {"most": LONGEST})
        return Value(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))
