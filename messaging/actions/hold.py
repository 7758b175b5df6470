"""Holding mail back, letting it go again, and settling what is uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from contacts import activity
from messaging.models import Attempt, Mailing, MailingStats, Message

if TYPE_CHECKING:
    from contacts.models import User


def hold_mailing(*, mailing: Mailing, reason: str, by: User | None) -> Mailing:
    """Send no more of this mailing until it is released. Takes effect within one batch; twice is once."""
    Mailing.objects.filter(pk=mailing.pk, held_at__isnull=True).update(held_at=Now(), hold_reason=reason[:300])
    mailing.refresh_from_db(fields=["held_at", "hold_reason"])
    return mailing


def release_mailing(*, mailing: Mailing, by: User | None) -> Mailing:
    """Go on with a held mailing. A cancelled one stays as it is."""
    Mailing.objects.filter(pk=mailing.pk, cancelled_at__isnull=True).update(held_at=None, hold_reason="")
    mailing.refresh_from_db(fields=["held_at", "hold_reason"])
    return mailing


@transaction.atomic
def cancel_mailing(*, mailing: Mailing, by: User | None) -> int:
    """Send no more of this mailing for good; returns how many messages were cancelled now.

    What a worker holds at this moment is finished or comes back as cancelled within one batch.
    """
    # The row's lock orders us before or after a worker that gives messages back (messaging.outbox.mark).
    Mailing.objects.select_for_update().get(pk=mailing.pk)
    Mailing.objects.filter(pk=mailing.pk, cancelled_at__isnull=True).update(cancelled_at=Now())
    waiting = Message.objects.filter(mailing=mailing, state__in=Message.WAITING)
    count = waiting.update(state=Message.State.CANCELLED, claim=None)
    MailingStats.objects.filter(mailing=mailing).update(cancelled=F("cancelled") + count)
    mailing.refresh_from_db(fields=["cancelled_at"])
    return count


@transaction.atomic
def resolve_uncertain(
    *, message: Message, arrived: bool, by: User | None, words: str = "", provider_message_id: str = ""
) -> Message:
    """Settle an uncertain message: it arrived, or it is to be sent again. `words` are the provider's, else a person's.

    A message that is not (or no longer) uncertain is returned as it is.
    """
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state != Message.State.UNCERTAIN:
        return message
    message.state = Message.State.SENT if arrived else Message.State.QUEUED
    message.claim = None
    message.sent_at = Now() if arrived else None
    message.reason = message.error = ""
    message.not_before = message.not_before if arrived else Now()
    message.provider_message_id = provider_message_id or message.provider_message_id
    message.save(update_fields=["state", "claim", "sent_at", "reason", "error", "not_before", "provider_message_id"])
    said = "said to have arrived" if arrived else "said to be sent again"
    Attempt.objects.create(
        message=message, outcome="resolved", text=words[:2000] or f"{said}, by user {by.pk if by else '-'}"
    )
    MailingStats.objects.filter(Q(mailing=message.mailing_id)).update(
        uncertain=F("uncertain") - 1, **({"sent": F("sent") + 1} if arrived else {})
    )
    if arrived and message.contact_id:
        activity.record(
            "email.sent",
            by=by,
            contact_id=message.contact_id,
            message_id=message.pk,
            mailing_id=message.mailing_id,
            subject=message.mailing.subject,
            purpose=message.purpose,
        )
    message.refresh_from_db()
    return message
