"""What is said: content, its links and its figures."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """Why a message is sent. Decides the policy: see docs/delivery.md."""

    MARKETING = "marketing", _("Marketing")
    TRANSACTIONAL = "transactional", _("Transactional")
    ONE_TO_ONE = "one_to_one", _("1:1")


class Origin(models.TextChoices):
    """Where a message came from. Says nothing about policy."""

    CAMPAIGN = "campaign", _("Campaign")
    AUTOMATION = "automation", _("Automation")
    API = "api", _("API")
    USER = "user", _("User")


class Mailing(models.Model):
    """What is said to one or many. A campaign, an automation step, a template or a 1:1 email owns one.

    Once a message of it has been made (`frozen_at`) the content never changes again, since messages
    keep only what was filled into its slots: an edit makes a new mailing.
    """

    purpose = models.CharField(max_length=16, choices=Purpose)
    origin = models.CharField(max_length=16, choices=Origin)
    name = models.CharField(_("name"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    preheader = models.CharField(_("preheader"), max_length=400, blank=True)
    # The editor's blocks (`messaging.blocks`), from which `html` is made; empty for hand-written HTML.
    blocks = models.JSONField(default=list, blank=True)
    # Colours and font of those blocks (`messaging.blocks.Theme`).
    theme = models.JSONField(default=dict, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    from_name = models.CharField(_("From name"), max_length=200, blank=True)
    from_email = models.EmailField(_("From address"), blank=True)
    reply_to = models.EmailField(_("reply-to"), blank=True)
    track_opens = models.BooleanField(_("track opens"), default=True)
    track_clicks = models.BooleanField(_("track clicks"), default=True)
    # Auto-Submitted: auto-generated (RFC 3834) for what no person wrote to this recipient.
    auto_submitted = models.BooleanField(default=False)
    compiled = models.BinaryField(null=True, editable=False)
    compiled_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    # Held mailings are not claimed: a paused campaign. Takes effect within one batch.
    held_at = models.DateTimeField(null=True, blank=True)
    hold_reason = models.CharField(max_length=300, blank=True)
    # Nothing of a cancelled mailing is sent any more; what a worker still held comes back as `cancelled`.
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # The lists a blast is owed by. A recipient who left one of them is still reached by another.
    list_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    # Names that only this mailing's templates may use (`invite_url`, `data.*`); `Message.context` fills them.
    extra_fields = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name or self.subject or f"Mailing {self.pk}"


class MailingLink(models.Model):
    """A link of a mailing. Redirects lead only to URLs stored here."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)
    # Counted by increments when hits are written, machine clicks apart.
    total_clicks = models.PositiveIntegerField(default=0)
    unique_clicks = models.PositiveIntegerField(default=0)
    machine_clicks = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["mailing", "number"]
        constraints = [models.UniqueConstraint(fields=["mailing", "number"], name="mailing_link_once")]

    def __str__(self) -> str:
        return self.label or self.url


class MailingStats(models.Model):
    """A mailing's figures, kept by increments in the transactions that change them."""

    mailing = models.OneToOneField(Mailing, models.CASCADE, primary_key=True, related_name="stats")
    recipients = models.PositiveIntegerField(default=0)
    # Messages that have come to an end: sent, failed, suppressed, cancelled, uncertain.
    sent = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    uncertain = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    opens_total = models.PositiveIntegerField(default=0)
    clicks_total = models.PositiveIntegerField(default=0)
    machine_opens = models.PositiveIntegerField(default=0)
    machine_clicks = models.PositiveIntegerField(default=0)
    replied = models.PositiveIntegerField(default=0)
    bounced_hard = models.PositiveIntegerField(default=0)
    bounced_soft = models.PositiveIntegerField(default=0)
    unsubscribed = models.PositiveIntegerField(default=0)
    complained = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "mailing stats"

    def __str__(self) -> str:
        return f"Stats of mailing {self.mailing_id}"


class TransactionalTemplate(models.Model):
    """A named transactional email. An edit points it to a new mailing; sent ones keep the old."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    mailing = models.ForeignKey(Mailing, models.PROTECT, related_name="templates")
    # The product's own mails (invitation, password reset …) cannot be deleted.
    is_builtin = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
