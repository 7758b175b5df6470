"""Keys that sign mail (DKIM)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

# How long the record of a key that no longer signs must stay: longer than its last signature is good for
# (seven days, messaging.dkim.signing), and the two days that resolvers may remember it at most as a rule.
KEEP_RECORD = timedelta(days=9)


class DkimKey(models.Model):
    """A key of a sending domain. It signs while it is active; its record must stand in DNS before and after that."""

    class State(models.TextChoices):
        """waiting → published → active → retiring → retired."""

        WAITING = "waiting", _("Waiting for its record")
        PUBLISHED = "published", _("Record found")
        ACTIVE = "active", _("Active")
        RETIRING = "retiring", _("Retiring")
        RETIRED = "retired", _("Retired")

    NEW = frozenset({"waiting", "published"})
    # The record must be in DNS.
    NEEDED = frozenset({"active", "retiring"})

    domain = models.ForeignKey("messaging.SendingDomain", models.CASCADE, related_name="dkim_keys")
    selector = models.CharField(_("selector"), max_length=63)
    # A key of `messaging.dkim.keys.ALGORITHMS`.
    algorithm = models.CharField(_("algorithm"), max_length=10)
    # Sealed by messaging.secrets; empty once the key is retired.
    private_key = models.TextField(blank=True, editable=False)
    # As it stands in the record's p=.
    public_key = models.TextField(editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING, db_default="waiting")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    record_found = models.BooleanField(null=True, blank=True)
    # What DNS said last, in words for the administrator.
    check_words = models.TextField(blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    # dns, administrator
    activated_how = models.CharField(max_length=20, blank=True)
    retiring_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("DKIM key")
        constraints = [
            # A selector is never used again: what is in flight would be read with another key.
            models.UniqueConstraint("domain", "selector", name="dkim_selector_once"),
            models.UniqueConstraint("domain", "algorithm", condition=Q(state="active"), name="dkim_one_active"),
            models.CheckConstraint(condition=~Q(state="active") | ~Q(private_key=""), name="dkim_active_has_key"),
            models.CheckConstraint(
                condition=~Q(state="active") | (Q(activated_at__isnull=False) & ~Q(activated_how="")),
                name="dkim_active_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def keep_until(self) -> datetime | None:
        """Until when the record of a key that no longer signs must stay."""
        return self.retiring_at + KEEP_RECORD if self.retiring_at else None
