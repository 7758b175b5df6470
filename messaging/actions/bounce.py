"""An address that is dead: no more mail to it, and the contact's subscriptions say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Now

from contacts import activity
from contacts.models import Subscription
from messaging.actions.suppress import suppress
from messaging.models import MailingStats, Message, Suppression


class HardBounce(NamedTuple):
    """What a server said about an address, in answer to a message."""

    message_id: int
    words: str


@transaction.atomic
def record_hard_bounces(bounces: Sequence[HardBounce]) -> None:
    """Write down that these messages' addresses are dead. A message that has bounced already changes nothing."""
    words = dict(bounces)
    if not words:
        return
    fresh = list(
        Message.objects.select_for_update(of=["self"])
        .filter(pk__in=words, bounced_at__isnull=True)
        .select_related("mailing")
        .only("contact_id", "address", "purpose", "origin", "mailing__subject")
    )
    Message.objects.filter(pk__in=[one.pk for one in fresh]).update(bounced_at=Now(), bounce_kind="hard")
    for message in fresh:
        suppress(
            address=message.address,
            kind=Suppression.Kind.HARD_BOUNCE,
            reason=words[message.pk],
            by=None,
            message=message,
        )
    _mark_subscriptions([one.contact_id for one in fresh if one.contact_id])
    _count(fresh)
    activity.record_many([_entry(message, words[message.pk]) for message in fresh if message.contact_id], by=None)


def _mark_subscriptions(contact_ids: Sequence[int]) -> None:
    standing = Subscription.objects.filter(contact_id__in=contact_ids, status__in=["active", "unconfirmed"])
    standing.update(status=Subscription.Status.BOUNCED, bounced_at=Now())


def _count(messages: Sequence[Message]) -> None:
    counts = Message.objects.filter(pk__in=[one.pk for one in messages]).values_list("mailing_id").annotate(Count("pk"))
    for mailing_id, count in sorted(counts):
        MailingStats.objects.filter(mailing_id=mailing_id).update(bounced_hard=F("bounced_hard") + count)


def _entry(message: Message, words: str) -> activity.Entry:
    data = {
        "message_id": message.pk,
        "mailing_id": message.mailing_id,
        "subject": message.mailing.subject,
        "purpose": message.purpose,
        "origin": message.origin,
        "bounce_kind": "hard",
        "reason": words[:300],
    }
    return activity.Entry("email.bounced", message.contact_id, data=data)
