"""How the outbox's rows are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from contacts.models import User


class MessageQuerySet(models.QuerySet[Any]):
    """Reads of messages."""

    def visible_to(self, user: User) -> Self:
        """The messages this user may read. Platform mail is the team's; private mailboxes come later."""
        return self if user.can("messages.view") else self.none()

    def of_contact(self, contact_id: int) -> Self:
        """One person's mail, newest first."""
        return self.filter(contact_id=contact_id).order_by("-id")


class SuppressionQuerySet(models.QuerySet[Any]):
    """Reads of the suppression list."""

    def of_address(self, address: str) -> Self:
        """What an address is listed for, whatever its case; read from the unique index (`iexact` would not be)."""
        return self.alias(lower_address=Lower("address")).filter(lower_address=address.strip().lower())
