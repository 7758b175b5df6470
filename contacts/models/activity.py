"""The one log: what happened to whom. Stream on the record page, feed of automations, audit."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from contacts.querysets import ActivityQuerySet


class Activity(models.Model):
    """An append-only entry. Written by `contacts.activity.record` in the transaction it tells of.

    No table points here by foreign key and readers go by contact and time, so that the table can be
    partitioned by `occurred_at` later.
    """

    # The indexes below begin with these; `by` is looked for only when a user is deleted.
    contact = models.ForeignKey(
        "contacts.Contact", models.CASCADE, null=True, blank=True, related_name="activities", db_index=False
    )
    account = models.ForeignKey(
        "contacts.Account", models.SET_NULL, null=True, blank=True, related_name="activities", db_index=False
    )
    kind = models.CharField(max_length=60)
    occurred_at = models.DateTimeField(db_default=Now())
    # Nor is every entry checked against the users, which is a tenth of what an import costs; users are
    # deleted through Django, which empties it.
    by = models.ForeignKey(
        "contacts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # How many automations led here; the engine refuses above eight, which breaks loops.
    hops = models.PositiveSmallIntegerField(db_default=0, default=0)
    data = models.JSONField(default=dict)
    # The hand-over to listeners: set while somebody still has to hear of it.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(db_default=0, default=0)
    # Listeners that have done with it, while another of them still has to try again.
    heard_by = ArrayField(models.CharField(max_length=200), null=True, blank=True)
    error = models.TextField(db_default="", default="", blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            # Read by the stream of a record page, newest first.
            models.Index(fields=["contact", "-occurred_at", "-id"], name="activity_stream"),
            models.Index(
                fields=["account", "-occurred_at"], name="activity_account", condition=models.Q(account__isnull=False)
            ),
            # Read by the hand-over to listeners (contacts.handover): holds only what waits.
            models.Index(fields=["due_at", "id"], name="activity_due", condition=models.Q(due_at__isnull=False)),
            # Read by the Jobs and Operations pages: what a listener failed on, however much else waits.
            models.Index(
                fields=["-id"], name="activity_failed", condition=models.Q(due_at__isnull=False, attempts__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
