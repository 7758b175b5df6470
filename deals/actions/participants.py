"""Writes of who takes part in a deal. One contact is the primary one as long as there is any."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from contacts.activity import record
from contacts.models import Contact, User
from deals import kinds
from deals.models import Deal, DealContact


def _lock(deal: Deal) -> None:
    """Two users who change the same deal's contacts wait for each other."""
    Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)


@transaction.atomic
def add_contact(*, deal: Deal, contact: Contact, role: str = "", by: User | None) -> DealContact:
    """Let a contact take part in a deal; the first one becomes its primary contact."""
    _lock(deal)
    part, created = DealContact.objects.get_or_create(
        deal=deal,
        contact=contact,
        defaults={"role": role.strip(), "is_primary": not deal.deal_contacts.filter(is_primary=True).exists()},
    )
    if created:
        said: dict[str, Any] = {"deal_id": deal.pk, "title": deal.title, "role": part.role}
        record(kinds.CONTACT_ADDED.key, by=by, contact_id=contact.pk, **said)
    return part


@transaction.atomic
def remove_contact(*, deal: Deal, contact: Contact, by: User | None) -> None:
    """Take a contact off a deal. When it was the primary one, whoever was added next becomes it."""
    _lock(deal)
    part = DealContact.objects.filter(deal=deal, contact=contact).first()
    if part is None:
        return
    part.delete()
    record(kinds.CONTACT_REMOVED.key, by=by, contact_id=contact.pk, deal_id=deal.pk, title=deal.title)
    heir = DealContact.objects.filter(deal=deal).order_by("pk").first()
    if part.is_primary and heir:
        DealContact.objects.filter(pk=heir.pk).update(is_primary=True)


@transaction.atomic
def make_primary(*, deal: Deal, contact: Contact, by: User | None) -> None:
    """Make a contact who takes part the primary one. Raises DealContact.DoesNotExist for one who does not."""
    _lock(deal)
    part = DealContact.objects.get(deal=deal, contact=contact)
    if part.is_primary:
        return
    DealContact.objects.filter(deal=deal, is_primary=True).update(is_primary=False)
    DealContact.objects.filter(pk=part.pk).update(is_primary=True)
    said: dict[str, Any] = {
        "field": "primary",
        "label": str(DealContact._meta.verbose_name),
        "old": "",
        "new": contact.name,
    }
    record(kinds.DEAL_UPDATED.key, by=by, contact_id=contact.pk, deal_id=deal.pk, title=deal.title, **said)


@transaction.atomic
def set_role(*, deal: Deal, contact: Contact, role: str, by: User | None) -> None:
    """Say what a contact's part in a deal is."""
    DealContact.objects.filter(deal=deal, contact=contact).update(role=role.strip()[:80])
