"""What providers report, applied to messages: once, in any order, to the same end.

A message's standing is a lattice, not the last word heard: complained > bounced for good > unsubscribed
> clicked > opened > delivered > sent. Each report sets its own mark; none takes back a graver one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from contacts import activity
from contacts.actions import lists
from messaging.actions import preferences
from messaging.actions.bounce import HardBounce, record_hard_bounces
from messaging.actions.engagement import message_data, record_hits
from messaging.actions.suppress import suppress
from messaging.models import Attempt, MailingLink, MailingStats, Message, Provider, ProviderEvent, Suppression
from messaging.reported import MEANINGFUL, Report, is_hard
from messaging.tracking import RawHit

UNMATCHED = "no message of this id yet"


def store_events(*, provider: Provider, events: Sequence[ProviderEvent]) -> None:
    """Keep what a provider reported, raw. What is there already stays as it is."""
    for event in events:
        event.provider = provider
    ProviderEvent.objects.bulk_create(events, ignore_conflicts=True)


@transaction.atomic
def apply_event(*, event_id: int) -> bool:
    """Apply one stored event; returns whether it was applied now.

    One that another worker holds, or that is applied, is left alone. One whose message is not known, or is
    still being handed over, waits with a word about it.
    """
    events = ProviderEvent.objects.select_for_update(skip_locked=True, of=("self",)).select_related("provider")
    event = events.filter(pk=event_id, applied_at=None).first()
    if event is None:
        return False
    if event.kind in MEANINGFUL:
        message = _message_of(event)
        if message is None:
            ProviderEvent.objects.filter(pk=event.pk).update(error=UNMATCHED)
            return False
        _VERBS[event.kind](event, message)
    ProviderEvent.objects.filter(pk=event.pk).update(applied_at=timezone.now(), error="")
    return True


def _message_of(event: ProviderEvent) -> Message | None:
    """The message an event speaks of, locked: by our own id sent along, else by the provider's, else by ours in it."""
    found = Message.objects.select_for_update(of=("self",)).select_related("mailing", "contact")
    found = found.exclude(state__in=Message.OPEN)  # a mark that is under way must not be overtaken
    ours = str(event.payload.get("message", ""))
    if ours.isascii() and ours.isdigit() and len(ours) < 19:
        # A forged or reused number must at least be mail to this address.
        same = Q(pk=int(ours)) & (Q(address__iexact=event.address) if event.address else Q())
        message: Message | None = found.filter(same).first()
        if message is not None:
            return message
    theirs = event.provider_message_id.strip("<>")
    if not theirs:
        return None
    match = Q(provider_message_id__in=(theirs, f"<{theirs}>"), provider_id=event.provider_id)
    if known := _uuid(theirs.partition("@")[0]):
        match |= Q(message_id=known)
    first: Message | None = found.filter(match).first()
    return first


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _delivered(event: ProviderEvent, message: Message) -> None:
    if message.bounce_kind == "hard" or message.delivered_at is not None:
        return
    was_uncertain = message.state == Message.State.UNCERTAIN
    at = _time(event)
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.DELIVERED, delivered_at=at, sent_at=message.sent_at or at
    )
    _count(message, delivered=1, **({"uncertain": -1, "sent": 1} if was_uncertain else {}))


def _deferred(event: ProviderEvent, message: Message) -> None:
    _attempt(event, message, "deferred")


def _bounced(event: ProviderEvent, message: Message) -> None:
    if message.bounce_kind == "hard":
        return
    _attempt(event, message, "failed")
    if is_hard(event.provider.kind, event.payload):
        _take_back_softer(message)
        record_hard_bounces([HardBounce(message.pk, _words(event))])
    elif not message.bounce_kind:
        Message.objects.filter(pk=message.pk).update(bounced_at=_time(event), bounce_kind="soft")
        _count(message, bounced_soft=1)
        _tell("email.bounced", event, message, bounce_kind="soft", reason=_words(event)[:300])


def _take_back_softer(message: Message) -> None:
    """A hard bounce after a soft one, or after "delivered" (some servers bounce later): only the graver counts."""
    changes: dict[str, Any] = {}
    if message.bounce_kind == "soft":
        changes |= {"bounced_at": None, "bounce_kind": ""}
        _count(message, bounced_soft=-1)
    if message.delivered_at is not None:
        changes |= {"delivered_at": None, "state": Message.State.SENT}
        _count(message, delivered=-1)
    if changes:
        Message.objects.filter(pk=message.pk).update(**changes)


def _refused(event: ProviderEvent, message: Message) -> None:
    """The provider took the message and then would not send it."""
    if is_hard(event.provider.kind, event.payload):
        _bounced(event, message)
        return
    _attempt(event, message, "failed")
    if message.state != Message.State.SENT:
        return
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.FAILED, reason="rejected", error=_words(event) or "The provider rejected it."
    )
    _count(message, sent=-1, failed=1)


def _complained(event: ProviderEvent, message: Message) -> None:
    if message.complained_at is not None:
        return
    Message.objects.filter(pk=message.pk).update(complained_at=_time(event))
    _count(message, complained=1)
    kind = Suppression.Kind.COMPLAINT
    suppress(address=message.address, kind=kind, reason=_words(event) or "reported as spam", by=None, message=message)
    if message.contact is not None:
        lists.unsubscribe_from_all(contact=message.contact, by=None, reason="reported as spam")
    _tell("email.complained", event, message)


def _unsubscribed(event: ProviderEvent, message: Message) -> None:
    preferences.unsubscribe_from_everything(message=message)


def _opened(event: ProviderEvent, message: Message) -> None:
    # Ours is counted by our own pixel; the provider's would count it twice.
    if not message.mailing.track_opens:
        record_hits(hits=[_hit(event, message, "open", None)])


def _clicked(event: ProviderEvent, message: Message) -> None:
    if message.mailing.track_clicks:
        return
    links = MailingLink.objects.filter(mailing_id=message.mailing_id, url=event.payload.get("url", ""))
    record_hits(hits=[_hit(event, message, "click", links.values_list("number", flat=True).first())])


def _hit(event: ProviderEvent, message: Message, kind: str, link: int | None) -> RawHit:
    agent = event.payload.get("agent") or f"reported by {event.provider.kind}"
    return RawHit(message.pk, kind, _time(event), link, agent, buffer_id=f"event-{event.pk}")


_VERBS: dict[str, Callable[[ProviderEvent, Message], None]] = {
    "delivered": _delivered,
    "deferred": _deferred,
    "bounced": _bounced,
    "rejected": _refused,
    "failed": _refused,
    "complained": _complained,
    "unsubscribed": _unsubscribed,
    "opened": _opened,
    "clicked": _clicked,
}


def _time(event: ProviderEvent) -> datetime:
    return event.occurred_at or event.received_at


def _words(event: ProviderEvent) -> str:
    report: Report = event.payload
    return report["words"]


def _count(message: Message, **steps: int) -> None:
    changes = {name: F(name) + step for name, step in steps.items()}
    MailingStats.objects.filter(mailing_id=message.mailing_id).update(**changes)


def _attempt(event: ProviderEvent, message: Message, outcome: str) -> None:
    Attempt.objects.create(
        message=message,
        at=_time(event),
        provider=event.provider,
        outcome=outcome,
        stage="report",
        text=_words(event)[:2000],
    )


def _tell(kind: str, event: ProviderEvent, message: Message, **more: str) -> None:
    if message.contact_id is None:
        return
    data = {**message_data(message), **more}
    entry = activity.Entry(kind, message.contact_id, data=data, occurred_at=_time(event))
    activity.record_many([entry], by=None)
