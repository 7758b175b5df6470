"""Which entries a deal's stream shows: its own, and what happened to its contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from contacts.models import Activity
from deals.models import Deal, DealContact

if TYPE_CHECKING:
    from contacts.models import User
    from contacts.querysets import ActivityQuerySet


def of_deal(pk: int, user: User) -> ActivityQuerySet | None:
    """The entries about a deal and those of its contacts; None when the user may not see it."""
    if not Deal.objects.visible_to(user).filter(pk=pk).exists():
        return None
    people = list(DealContact.objects.filter(deal=pk).values_list("contact", flat=True))
    # Its own entries are found by the index deal_activity, also those from before it had a contact.
    own = Q(kind__startswith="deal.", data__deal_id=pk)
    return Activity.objects.filter(own | Q(contact__in=people))
