"""The outbox: one row per recipient for all four kinds of email. The table is the queue."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.models.mailing import Origin, Purpose
from messaging.querysets import MessageQuerySet


class Lane(models.TextChoices):
    """A Celery queue of its own each, so that a blast never holds up a password reset."""

    TRANSACTIONAL = "transactional", _("Transactional")
    ONE_TO_ONE = "one_to_one", _("1:1")
    AUTOMATION = "automation", _("Automation")
    CAMPAIGN = "campaign", _("Campaign")


class Message(models.Model):
    """One message to one recipient, and what became of it. Readers go by state sets below."""

    class State(models.TextChoices):
        """queued → sending → sent → delivered, and the ways off that path."""

        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        DEFERRED = "deferred", _("Deferred")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Suppressed")
        CANCELLED = "cancelled", _("Cancelled")
        UNCERTAIN = "uncertain", _("Uncertain")

    WAITING = frozenset({"queued", "deferred"})
    OPEN = WAITING | {"sending"}
    GONE_OUT = frozenset({"sent", "delivered"})

    # Every index costs each message of a blast two or three writes, since a changed state cannot be a HOT update:
    # foreign keys have none of their own where one of the named indexes below serves, or where only the rare
    # deletion of a list, a user or a provider would read it.
    mailing = models.ForeignKey("messaging.Mailing", models.PROTECT, related_name="messages", db_index=False)
    contact = models.ForeignKey(
        "contacts.Contact", models.CASCADE, null=True, blank=True, related_name="messages", db_index=False
    )
    address = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=310, blank=True, db_default="", default="")
    purpose = models.CharField(max_length=16, choices=Purpose)
    origin = models.CharField(max_length=16, choices=Origin)
    lane = models.CharField(max_length=16, choices=Lane)
    # The list by which a marketing message is owed: named in List-Id and on the unsubscribe page.
    mailing_list = models.ForeignKey(
        "contacts.MailingList", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        "contacts.User", models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )
    account = models.ForeignKey(
        "contacts.Account", models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )
    deal = models.ForeignKey(
        "deals.Deal", models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default="queued")
    not_before = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(db_default=0, default=0)
    # The `Claim` that holds the row while it is `sending`; the journal of hand-overs goes by it. Kept on an
    # `uncertain` row, so that a worker that was only slow can still tell what became of it.
    claim = models.UUIDField(null=True, blank=True)
    # Without a constraint: checking it locks the provider's row anew for each message of a blast.
    provider = models.ForeignKey(
        "messaging.Provider",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    route = models.CharField(max_length=40, blank=True, db_default="", default="")
    route_reason = models.CharField(max_length=300, blank=True, db_default="", default="")
    # Fixed when the row is made, so that a retry is the same message (RFC 5322 section 3.6.4). The
    # local part only; the domain is that of the From address.
    message_id = models.UUIDField(db_default=RandomUUID())
    provider_message_id = models.CharField(max_length=250, blank=True, db_default="", default="")
    # An API caller's or an enrollment step's key: the same key twice is one message.
    # NULL where there is none: only keys that were given must be unique.
    idempotency_key = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001
    # What only this message knows (an API caller's variables), for the template.
    context = models.JSONField(null=True, blank=True)
    # What was filled into the mailing's slots, so that it can be shown again exactly.
    slots = models.JSONField(null=True, blank=True)
    # Suppressed or failed: a short code, and the words (the server's own, where it spoke).
    reason = models.CharField(max_length=40, blank=True, db_default="", default="")
    error = models.TextField(blank=True, db_default="", default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    # The words in which it was taken, and after how long: an `Attempt` of its own for each would double a blast's rows.
    answer = models.TextField(blank=True, db_default="", default="")
    answer_ms = models.PositiveIntegerField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_kind = models.CharField(max_length=5, blank=True, db_default="", default="")
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    open_count = models.PositiveIntegerField(db_default=0, default=0)
    click_count = models.PositiveIntegerField(db_default=0, default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=Q(idempotency_key__isnull=False), name="message_once_per_key"
            ),
            # A blast that is started twice finds its rows already there.
            models.UniqueConstraint(
                fields=["mailing", "contact"], condition=Q(origin="campaign"), name="campaign_message_once"
            ),
        ]
        indexes = [
            # Read by the claim: what is due in a lane, mailing by mailing so that a held one costs nothing.
            models.Index(
                fields=["lane", "mailing", "not_before", "id"],
                name="message_due",
                condition=Q(state__in=["queued", "deferred"]),
            ),
            # Read by the sweep that repairs what a dead worker left.
            models.Index(fields=["claim"], name="message_claimed", condition=Q(state="sending")),
            # Read by reports and by the contacts behind a figure.
            models.Index(fields=["mailing", "state", "id"], name="message_report"),
            # Read by a report's chart over time and by the contacts behind opens and clicks.
            models.Index(fields=["mailing", "opened_at"], name="message_opened", condition=Q(opened_at__isnull=False)),
            models.Index(
                fields=["mailing", "clicked_at"], name="message_clicked", condition=Q(clicked_at__isnull=False)
            ),
            # Read by the outbox's page, where somebody looks for what went wrong. Costs nothing to what goes well.
            models.Index(
                fields=["state", "-id"],
                name="message_troubled",
                condition=Q(state__in=["failed", "uncertain", "suppressed"]),
            ),
            # Read by a contact's Emails tab and figures.
            models.Index(fields=["contact", "-id"], name="message_contact"),
            # Read by the Emails tabs of a deal and an account.
            models.Index(fields=["deal", "-id"], name="message_deal", condition=Q(deal__isnull=False)),
            models.Index(fields=["account", "-id"], name="message_account", condition=Q(account__isnull=False)),
            # Read by feedback that names the message.
            models.Index(fields=["message_id"], name="message_message_id"),
            models.Index(
                fields=["provider_message_id"], name="message_provider_id", condition=~Q(provider_message_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    def get_absolute_url(self) -> str:
        """The message's page."""
        return reverse("messaging:message", args=[self.pk])


class Claim(models.Model):
    """A worker's hold on a batch of messages. Its messages are `sending` and carry its id.

    The lease is here and not on the messages, so that a worker renews it by writing one row. A claim
    whose lease ran out belongs to a dead worker: the sweep judges its messages and deletes it.
    """

    id = models.UUIDField(primary_key=True)
    lane = models.CharField(max_length=16, choices=Lane)
    # host/process, for people who look for a sick worker.
    worker = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["leased_until"], name="claim_leased")]

    def __str__(self) -> str:
        return f"{self.lane} claim of {self.worker}"


class Attempt(models.Model):
    """A try to hand a message over that did not end in its being taken, with the server's words; that which did is kept
    with the message (`answer`). Written in bulk with the mark."""

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="attempt_log", db_constraint=False, db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    provider = models.ForeignKey(
        "messaging.Provider", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # deferred, failed, uncertain (see messaging.transports); resolved: by a person's word
    outcome = models.CharField(max_length=12)
    stage = models.CharField(max_length=12, blank=True)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    enhanced = models.CharField(max_length=12, blank=True)
    text = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="attempt_of_message")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.code or ''}".strip()


class CapturedMail(models.Model):
    """A message that the capture provider kept instead of sending: nothing leaves a new machine."""

    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="captured")
    mail_from = models.CharField(max_length=320, blank=True)
    rcpt_to = models.CharField(max_length=320)
    subject = models.CharField(max_length=1000, blank=True)
    raw = models.BinaryField()
    captured_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "captured mail"
        constraints = [models.UniqueConstraint(fields=["message"], name="captured_once_per_message")]

    def __str__(self) -> str:
        return self.subject
