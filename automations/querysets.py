"""How automations and runs are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from contacts.models import User


class AutomationQuerySet(models.QuerySet[Any]):
    """Reads of automations."""

    def visible_to(self, user: User) -> Self:
        """The automations this user may see."""
        return self if user.can("automations.view") else self.none()


class EnrollmentQuerySet(models.QuerySet[Any]):
    """Reads of runs."""

    def visible_to(self, user: User) -> Self:
        """The runs this user may see."""
        return self if user.can("automations.view") else self.none()

    def failed(self) -> Self:
        """Those that failed and stand so."""
        return self.filter(state="failed")

    def newest_first(self, before: int | None = None) -> Self:
        """In the order of the overview; those older than the run with id `before` (keyset)."""
        older = self.filter(pk__lt=before) if before else self
        return older.order_by("-id")
