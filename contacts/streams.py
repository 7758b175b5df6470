"""Which entries the ground floor's own streams show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from contacts.models import Account, Activity, Contact

if TYPE_CHECKING:
    from contacts.models import User
    from contacts.querysets import ActivityQuerySet

# Of a larger account, the newest contacts' entries are shown beside its own.
MOST_PEOPLE = 1000


def of_contact(pk: int, user: User) -> ActivityQuerySet | None:
    """What happened to a contact."""
    if not Contact.objects.visible_to(user).filter(pk=pk).exists():
        return None
    return Activity.objects.filter(contact=pk)


def of_account(pk: int, user: User) -> ActivityQuerySet | None:
    """What happened to an account and to its people."""
    if not Account.objects.visible_to(user).filter(pk=pk).exists():
        return None
    # Ids and not a subquery: with one, PostgreSQL reads the whole log.
    people = list(Contact.objects.filter(account=pk).order_by("-pk").values_list("pk", flat=True)[:MOST_PEOPLE])
    return Activity.objects.filter(Q(account=pk) | Q(contact__in=people))
