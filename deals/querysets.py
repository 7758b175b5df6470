"""How deals are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from contacts.models import User


class DealQuerySet(models.QuerySet[Any]):
    """Reads of deals."""

    def visible_to(self, user: User) -> Self:
        """The deals this user may see."""
        return self if user.can("deals.view") else self.none()

    def open(self) -> Self:
        """Deals that are neither won nor lost."""
        return self.filter(status="open")
