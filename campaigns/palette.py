"""What the global search finds of campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.models import Campaign
from contacts.palette import LIMIT, PaletteItem

if TYPE_CHECKING:
    from contacts.models import User


def find_campaigns(user: User, words: str) -> list[PaletteItem]:
    """Campaigns by name or subject, newest first."""
    rows = Campaign.objects.visible_to(user).search(words).select_related("mailing").order_by("-id")[:LIMIT]
    return [
        PaletteItem(row.name, row.get_absolute_url(), f"{row.get_status_display()} · {row.mailing.subject}")
        for row in rows.defer("mailing__html", "mailing__blocks", "mailing__compiled")
    ]
