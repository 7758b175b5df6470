"""How deals are found by the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from contacts.look import format_money
from contacts.palette import LIMIT, PaletteItem, Source
from deals.board import Narrowing
from deals.models import Deal

if TYPE_CHECKING:
    from contacts.models import User


def find_deals(user: User, words: str) -> list[PaletteItem]:
    """Deals by title or account, newest first."""
    rows = Narrowing(words).of(Deal.objects.visible_to(user)).select_related("stage").order_by("-pk")[:LIMIT]
    return [
        PaletteItem(row.title, row.get_absolute_url(), f"{format_money(row.value, row.currency)} · {row.stage.name}")
        for row in rows
    ]


SOURCE = Source("deals", _("Deals"), "currency-dollar", find_deals, "deals.view", order=20)
