"""Addresses that mail must not go to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from messaging.querysets import SuppressionQuerySet


class Suppression(models.Model):
    """Why an address gets no mail. `messaging.routing` says which kind blocks which purpose."""

    class Kind(models.TextChoices):
        """Hard bounces and complaints block everything; the others only marketing."""

        HARD_BOUNCE = "hard_bounce", _("Hard bounce")
        COMPLAINT = "complaint", _("Complaint")
        EXCLUSION = "exclusion", _("Exclusion list")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed from everything")

    address = models.EmailField(_("address"), max_length=254)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    reason = models.TextField(_("reason"), blank=True)
    message_id = models.BigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("address"), "kind", name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
