"""How the ground floor's rows are reached. A request goes through `visible_to(user)`, else 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from contacts.models import User


class ContactQuerySet(models.QuerySet[Any]):
    """Reads of contacts."""

    def visible_to(self, user: User) -> Self:
        """The contacts this user may see: all of them, for whoever may view contacts."""
        return self if user.can("contacts.view") else self.none()

    def with_email(self, address: str) -> Self:
        """The contact with this address, whatever its case; read from the unique index (`iexact` would not be)."""
        return self.alias(lower_email=Lower("email")).filter(lower_email=address.strip().lower())

    def search(self, words: str) -> Self:
        """Contacts whose address, name or phone holds every word, whatever the case.

        A word of one or two letters must begin a part: the trigram index finds no shorter piece elsewhere.
        """
        found = self
        for word in words.lower().split()[:8]:
            if len(word) > 2:
                found = found.filter(search_text__contains=word)
            else:
                begins = Q(search_text__startswith=word)
                for before in " .@":
                    begins |= Q(search_text__contains=f"{before}{word}")
                found = found.filter(begins)
        return found


class AccountQuerySet(models.QuerySet[Any]):
    """Reads of accounts."""

    def visible_to(self, user: User) -> Self:
        """The accounts this user may see."""
        return self if user.can("contacts.view") else self.none()

    def search(self, words: str) -> Self:
        """Accounts whose name or domain holds the words."""
        return self.filter(Q(name__icontains=words) | Q(domain__icontains=words)) if words else self


class SubscriptionQuerySet(models.QuerySet[Any]):
    """Reads of subscriptions."""

    def active(self) -> Self:
        """Those that marketing mail may be sent to."""
        return self.filter(status="active")


class ActivityQuerySet(models.QuerySet[Any]):
    """Reads of the activity log."""

    def newest_first(self) -> Self:
        """In the order of the stream."""
        return self.order_by("-occurred_at", "-id")

    def before(self, occurred_at: Any, pk: int) -> Self:
        """The page that follows the entry with this time and id (keyset)."""
        return self.filter(Q(occurred_at__lt=occurred_at) | Q(occurred_at=occurred_at, pk__lt=pk))


class JobQuerySet(models.QuerySet[Any]):
    """Reads of jobs."""

    def visible_to(self, user: User) -> Self:
        """A user's own jobs; an administrator sees everybody's."""
        return self if user.is_administrator else self.filter(created_by=user)
