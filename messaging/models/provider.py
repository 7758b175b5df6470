"""Where mail leaves by, and in whose name it may."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Provider(models.Model):
    """The platform's way out: an SMTP server, an ESP, or capture. Kinds live in `messaging.providers`."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=30)
    # Non-secret settings by the kind's own schema; secrets apart, encrypted (messaging.secrets).
    config = models.JSONField(default=dict)
    secrets = models.TextField(default="", blank=True, editable=False)
    # Which streams leave by it; the router takes the first active one by position.
    broadcast = models.BooleanField(_("sends broadcast mail (campaigns and automations)"), default=True)
    transactional = models.BooleanField(_("sends transactional and 1:1 mail"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    # Shared by all workers through Redis. 0: no limit.
    messages_per_second = models.PositiveIntegerField(_("messages per second"), default=0)
    max_connections = models.PositiveSmallIntegerField(_("connections"), default=4)
    paused_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class SendingDomain(models.Model):
    """A domain whose addresses may stand in From, shown ours by a TXT record or an administrator's word."""

    domain = models.CharField(_("domain"), max_length=253)
    token = models.CharField(max_length=64, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    # dns, administrator
    verified_how = models.CharField(max_length=20, blank=True)
    verified_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["domain"]
        constraints = [models.UniqueConstraint(Lower("domain"), name="sending_domain_once")]

    def __str__(self) -> str:
        return self.domain


class SenderAddress(models.Model):
    """A single From address, verified by a link mailed to it."""

    email = models.EmailField(_("address"), max_length=254)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["email"]
        verbose_name_plural = "sender addresses"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="sender_address_once"),
            models.CheckConstraint(condition=~Q(email=""), name="sender_address_given"),
        ]

    def __str__(self) -> str:
        return self.email
