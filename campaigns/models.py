"""Campaigns: one-off messages to opted-in lists."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.querysets import CampaignQuerySet


class Campaign(models.Model):
    """One message to the active subscribers of some lists, now or at a set time."""

    class Status(models.TextChoices):
        """A campaign's life; `preparing` is the moment between the press and the frozen audience."""

        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        CANCELLED = "cancelled", _("Cancelled")
        SENT = "sent", _("Sent")

    EDITABLE = frozenset({"draft", "scheduled"})

    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    mailing = models.OneToOneField("messaging.Mailing", models.PROTECT, related_name="campaign")
    lists = models.ManyToManyField("contacts.MailingList", related_name="campaigns", verbose_name=_("lists"))
    excluded_lists = models.ManyToManyField(
        "contacts.MailingList", related_name="excluded_campaigns", blank=True, verbose_name=_("excluded lists")
    )
    scheduled_at = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    # The audience is evaluated and written to the outbox once, in a worker; then this is set.
    audience_frozen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Why it stopped by itself, for the person who opens its page: too many bounces, a start that failed its checks.
    notice = models.CharField(max_length=300, blank=True)
    # A user went on after it had paused by itself: it does not do so again.
    limits_waived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="campaigns")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the task that starts scheduled campaigns and finishes sent ones.
            models.Index(
                fields=["scheduled_at"], name="campaign_open", condition=Q(status__in=["scheduled", "sending"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The campaign's page: its editor while a draft, its report afterwards."""
        return reverse("campaigns:campaign", args=[self.pk])
