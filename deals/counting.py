"""How many deals a record has, for the badges of tabs."""

from __future__ import annotations

from deals.models import Deal, DealContact


def of_contact(pk: int) -> int:
    """The deals a contact takes part in."""
    return DealContact.objects.filter(contact=pk).count()


def of_account(pk: int) -> int:
    """The deals made with an account."""
    return Deal.objects.filter(account=pk).count()
