"""Mailing lists and who is on them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.querysets import SubscriptionQuerySet


class MailingList(models.Model):
    """A list people opt in to. Campaigns are sent to lists, never to bare contacts."""

    name = models.CharField(_("name"), max_length=150, unique=True)
    # What the recipient reads on the preference page: the inside name may not be meant for them.
    public_name = models.CharField(_("public name"), max_length=150, blank=True)
    description = models.TextField(_("description"), blank=True)
    is_public = models.BooleanField(_("shown on the preference page"), default=True)
    double_opt_in = models.BooleanField(_("double opt-in"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name as recipients see it."""
        return self.public_name or self.name


class Subscription(models.Model):
    """One contact's standing on one list."""

    class Status(models.TextChoices):
        """Only `active` receives marketing mail."""

        UNCONFIRMED = "unconfirmed", _("Unconfirmed")
        ACTIVE = "active", _("Active")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        BOUNCED = "bounced", _("Bounced")

    # No index of their own: `subscription_once` and `subscription_audience` begin with them.
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="subscriptions", db_index=False)
    list = models.ForeignKey(MailingList, models.CASCADE, related_name="subscriptions", db_index=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.UNCONFIRMED)
    source = models.CharField(_("source"), max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    subscribed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "list"], name="subscription_once")]
        indexes = [
            # Read by audiences and by the list counts.
            models.Index(fields=["list", "status", "contact"], name="subscription_audience"),
            # Read by the overview's filter by a standing that few have.
            models.Index(
                fields=["status", "contact"],
                name="subscription_not_active",
                condition=models.Q(status__in=["unconfirmed", "unsubscribed", "bounced"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}/{self.list_id}: {self.status}"
