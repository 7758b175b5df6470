"""How values are said to people: relative times, money, large numbers, initials. Pure; the clock is passed in."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "PLN": "zł ", "SEK": "SEK ", "INR": "₹"}


def initials_of(name: str) -> str:
    """First letters of the first and last word, capitals; of an address, those of its local part; "?" for nothing."""
    words = [word for word in name.split("@")[0].replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return unicodedata.normalize("NFC", letters).upper()[:2]


def relative_words(moment: datetime, now: datetime) -> str:
    """Say a moment relative to now, both in the reader's zone: "5 min ago", "in 2 h", "14 Nov"."""
    past = moment <= now
    gap = abs(now - moment)
    if gap < timedelta(minutes=1):
        return gettext("just now") if past else gettext("in a moment")
    if gap < timedelta(hours=1):
        amount, words = int(gap.total_seconds() // 60), (gettext("%d min ago"), gettext("in %d min"))
    elif gap < timedelta(days=1):
        amount, words = int(gap.total_seconds() // 3600), (gettext("%d h ago"), gettext("in %d h"))
    elif gap < timedelta(days=7):
        amount = abs((now.date() - moment.date()).days)
        if amount == 1:
            return gettext("yesterday") if past else gettext("tomorrow")
        words = (gettext("%d days ago"), gettext("in %d days"))
    else:
        return formats.date_format(moment, "j M" if moment.year == now.year else "j M Y")
    return words[0 if past else 1] % amount


def compact_number(value: float) -> str:
    """Three figures and a unit: 999, 12.5k, 1.2M."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        # 999,950 would round to "1000k": it belongs to the next unit already.
        if abs(value) >= size * (0.99995 if size > 1e3 else 1):
            short = value / size
            return (f"{short:.0f}" if abs(short) >= 100 else f"{short:.1f}".removesuffix(".0")) + unit
    return f"{value:g}"


def format_money(value: Decimal, currency: str) -> str:
    """An amount with its currency's sign in front, with cents only when there are any."""
    digits = 0 if value == value.to_integral_value() else 2
    amount = formats.number_format(abs(value), digits, use_l10n=True, force_grouping=True)
    return f"{'-' if value < 0 else ''}{SYMBOLS.get(currency, currency + ' ')}{amount}"
