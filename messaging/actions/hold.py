"""Holding mail back, letting it go again, and settling what is uncertain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet
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

    A message that is not (or no longer) uncertain is returned as it is; so is one of a cancelled mailing that is to
    be sent again.
    """
    told = _Told(arrived, by, words, provider_message_id)
    _settle(Message.objects.filter(pk=message.pk), told)
    return Message.objects.get(pk=message.pk)


@transaction.atomic
def resolve_many_uncertain(*, message_ids: Collection[int], arrived: bool, by: User | None) -> list[Message]:
    """Settle several by one word; returns those that were uncertain until now.

    What belongs to a cancelled mailing cannot be sent again and stays as it is.
    """
    return _settle(Message.objects.filter(pk__in=message_ids), _Told(arrived, by))


@dataclass(frozen=True)
class _Told:
    """What is said of uncertain messages, and by whom: the provider (`words`), else a person."""

    arrived: bool
    by: User | None
    words: str = ""
    provider_message_id: str = ""

    @property
    def said(self) -> str:
        """In words, for the message's history."""
        said = "said to have arrived" if self.arrived else "said to be sent again"
        return self.words[:2000] or f"{said}, by user {self.by.pk if self.by else '-'}"


def _settle(rows: QuerySet[Message], told: _Told) -> list[Message]:
    arrived = told.arrived
    rows = rows.filter(state=Message.State.UNCERTAIN).select_for_update(of=("self",)).order_by("pk")
    if not arrived:
        rows = rows.filter(mailing__cancelled_at=None)
    found = list(rows.select_related("mailing").defer("mailing__compiled"))
    ids = [message.pk for message in found]
    Message.objects.filter(pk__in=ids).update(
        state=Message.State.SENT if arrived else Message.State.QUEUED,
        claim=None,
        sent_at=Now() if arrived else None,
        reason="",
        error="",
        # A drain under way reads its queue onwards in the order of this time: it finds what is due from now.
        **({} if arrived else {"not_before": Now()}),
        **({"provider_message_id": told.provider_message_id} if told.provider_message_id else {}),
    )
    Attempt.objects.bulk_create(Attempt(message_id=pk, outcome="resolved", text=told.said) for pk in ids)
    for mailing_id, count in sorted(Counter(message.mailing_id for message in found).items()):
        MailingStats.objects.filter(mailing_id=mailing_id).update(
            uncertain=F("uncertain") - count, **({"sent": F("sent") + count} if arrived else {})
        )
    if arrived:
        activity.record_many([_sent(message) for message in found if message.contact_id], by=told.by)
    return found


def _sent(message: Message) -> activity.Entry:
    facts = {
        "message_id": message.pk,
        "mailing_id": message.mailing_id,
        "subject": message.mailing.subject,
        "purpose": message.purpose,
    }
    return activity.Entry("email.sent", message.contact_id, data=facts)
