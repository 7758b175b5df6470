"""Amounts of money. The first option of the field, if any, is its currency (ISO 4217)."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import EMPTY, PLAIN, FieldKind, Reading, Value
from contacts.fieldkinds.number import read_decimal

# Signs and codes say nothing new, since a field has one currency: signs go wherever they stand, letters at the ends.
_SIGN = re.compile(r"[$€£¥₽₹₺₴₩₪₫₱฿₿₸₼₾]|^\s*[^\W\d_]{2,3}\.?(?=[\s\d+-])|(?<=[\d\s])[^\W\d_]{2,3}\.?\s*$")


class Currency(FieldKind):
    """An amount, kept to the cent."""

    key = "currency"
    label = gettext_lazy("Currency")
    icon = "cash"
    typed = "number"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text:
            return EMPTY
        number = round(read_decimal(_SIGN.sub("", text), few_decimals=True), 2)
        return Value(f"{number:.2f}", number=number)
