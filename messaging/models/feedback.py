"""What comes back: opens and clicks, and what providers report."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Hit(models.Model):
    """One open or click, with the judgement whether a person did it. Written in bulk from a buffer."""

    # Partitioned by time later, so no foreign key constraint is kept to here or from here.
    message = models.ForeignKey("messaging.Message", models.CASCADE, related_name="hits", db_constraint=False)
    # open, click
    kind = models.CharField(max_length=6)
    link_number = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField(db_default=Now())
    agent = models.CharField(max_length=300, blank=True)
    # /24 or /48 of the address: enough to judge by, not to find a person.
    network = models.CharField(max_length=50, blank=True)
    is_machine = models.BooleanField(default=False)
    verdict = models.CharField(max_length=40, blank=True)
    # The buffer's entry id: an entry written twice after a crash is one hit.
    buffer_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "at"], name="hit_of_message")]
        constraints = [
            models.UniqueConstraint(fields=["buffer_id"], condition=~Q(buffer_id=""), name="hit_once_per_entry")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ProviderEvent(models.Model):
    """A provider's webhook event, stored raw first, then applied idempotently in any order."""

    provider = models.ForeignKey("messaging.Provider", models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    provider_message_id = models.CharField(max_length=250, blank=True)
    address = models.EmailField(max_length=254, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]
        indexes = [
            # Read by the task that applies events.
            models.Index(fields=["received_at"], name="provider_event_due", condition=Q(applied_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
