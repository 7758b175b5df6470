"""Deals, and the contacts they are made with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from deals.querysets import DealQuerySet


class Deal(models.Model):
    """Something that may be sold to somebody."""

    class Status(models.TextChoices):
        """Won and lost deals leave the board."""

        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    title = models.CharField(_("title"), max_length=255)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    pipeline = models.ForeignKey("deals.Pipeline", models.PROTECT, related_name="deals", verbose_name=_("pipeline"))
    stage = models.ForeignKey("deals.Stage", models.PROTECT, related_name="deals", verbose_name=_("stage"))
    status = models.CharField(_("status"), max_length=5, choices=Status, default=Status.OPEN)
    owner = models.ForeignKey(
        "contacts.User", models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("owner")
    )
    account = models.ForeignKey(
        "contacts.Account", models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("account")
    )
    contacts = models.ManyToManyField("contacts.Contact", through="deals.DealContact", related_name="deals")
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    stage_changed_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    lost_reason = models.CharField(_("reason"), max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DealQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the board: the open deals of a stage.
            models.Index(fields=["stage", "-id"], name="deal_board", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The deal's record page."""
        return reverse("deals:deal", args=[self.pk])


class DealContact(models.Model):
    """A contact's part in a deal."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="deal_contacts")
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="deal_contacts")
    role = models.CharField(_("role"), max_length=80, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal", "contact"], name="deal_contact_once"),
            models.UniqueConstraint(fields=["deal"], condition=Q(is_primary=True), name="deal_one_primary_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}/{self.contact_id}"
