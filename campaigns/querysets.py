"""How campaigns are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from contacts.models import User


class CampaignQuerySet(models.QuerySet[Any]):
    """Reads of campaigns."""

    def visible_to(self, user: User) -> Self:
        """The campaigns this user may see."""
        return self if user.can("campaigns.view") else self.none()

    def search(self, words: str) -> Self:
        """Those whose name or subject holds the words."""
        return self.filter(Q(name__icontains=words) | Q(mailing__subject__icontains=words)) if words else self

    def due(self) -> Self:
        """Scheduled ones whose time has come, by the database's clock."""
        return self.filter(status="scheduled", scheduled_at__lte=Now())

    def sending(self) -> Self:
        """Those under way."""
        return self.filter(status="sending")
