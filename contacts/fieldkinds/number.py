"""Numbers, however the world writes them: 1,234.5 and 1.234,5 and 1 234,5."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import EMPTY, PLAIN, BadValue, FieldKind, Reading, Value

# As the column: 20 digits, 6 of them behind the point.
LARGEST = Decimal(10) ** 14
STEP = Decimal("0.000001")

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?$", re.ASCII)
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’_")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+$", re.ASCII)


def read_decimal(text: str, *, few_decimals: bool = False) -> Decimal:
    """Read a number. Raises BadValue.

    Where both marks stand, the last is the decimal one. A lone comma before exactly three digits
    groups thousands; a lone point does so only with `few_decimals` (money has two).
    """
    if not _PLAIN.match(text) or (few_decimals and _GROUPED.match(text)):
        text = _normalised(text.replace("−", "-").translate(_SPACES), few_decimals)
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise BadValue(_("not a number")) from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise BadValue(_("number too large"))
    return number.quantize(STEP).normalize()


def _normalised(text: str, few_decimals: bool) -> str:
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        group, mark = (".", ",") if comma > point else (",", ".")
        whole, _mark, rest = text.rpartition(mark)
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{group}\d{{3}})+", whole):
            raise BadValue(_("not a number"))
        return f"{whole.replace(group, '')}.{rest}"
    if _GROUPED.match(text) and (comma >= 0 or few_decimals or text.count(".") > 1):
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")


class Number(FieldKind):
    """A number, compared by value."""

    key = "number"
    label = gettext_lazy("Number")
    icon = "hash"
    typed = "number"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text:
            return EMPTY
        number = read_decimal(text)
        return Value(f"{number:f}", number=number)
