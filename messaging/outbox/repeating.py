"""Asking again for answers that were lost, at providers that know a repeated call by its key.

A repeated call is answered as the first was, and makes no second mail. So what a dead worker or a lost
connection has left uncertain becomes certain, as long as the provider knows the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import structlog
from django.db.models import F
from django.db.models.functions import Now

from messaging.actions.hold import resolve_uncertain
from messaging.models import Message, Provider, ProviderCall
from messaging.outbox.prepare import active_lists, suppressions
from messaging.outbox.ways import settings_of
from messaging.routing import blocked_by
from messaging.transports import Answer
from messaging.transports.batch_apis import BATCH_APIS
from messaging.transports.esp import EspTransport
from messaging.transports.open_calls import within_window

log = structlog.get_logger(__name__)

# By then the first call has ended one way or the other: twice its longest time, and the worker's lease.
ENDED_AFTER = timedelta(seconds=180)
# Seconds until a call whose answer is still unknown is repeated again.
AGAIN = (30, 60, 120, 300, 600)


def repeat_lost_calls(*, ended_after: timedelta = ENDED_AFTER) -> int:
    """Repeat the calls whose answers were lost; returns how many messages are certain now.

    Any number may run at once: each call is taken up by one of them.
    """
    kept = ProviderCall.objects.filter(made_at__lt=Now() - ended_after, not_before__lte=Now())
    return sum(_look_into(call) for call in kept.select_related("provider").order_by("made_at"))


def _look_into(call: ProviderCall) -> int:
    members = list(Message.objects.filter(pk__in=call.message_ids))
    lost = [one for one in members if one.state == Message.State.UNCERTAIN]
    is_known = within_window(BATCH_APIS.get(call.provider.kind)).filter(pk=call.pk).exists()
    if not is_known or not (lost or any(one.state in Message.OPEN for one in members)):
        call.delete()
        return 0
    if not lost or not _may_leave(call.provider, members) or not _take_up(call):
        return 0
    transport = EspTransport(settings_of(call.provider))
    try:
        certain = _settle(lost, transport.repeat(call))
    finally:
        transport.close()
    if certain == len(lost):
        call.delete()
    return certain


def _may_leave(provider: Provider, members: Sequence[Message]) -> bool:
    """Whether all of them may still be sent: what was not taken the first time leaves now, and all together."""
    if not provider.is_active or provider.paused_at is not None:
        return False
    listed = suppressions([one.address for one in members])
    active = active_lists([one.contact_id for one in members if one.contact_id])
    return not any(
        blocked_by(one.purpose, listed.get(one.address.lower(), ()))
        or (one.mailing_list_id and one.mailing_list_id not in active.get(one.contact_id or 0, ()))
        for one in members
        if one.state not in Message.GONE_OUT
    )


def _take_up(call: ProviderCall) -> bool:
    """Whether nobody else has it."""
    again = timedelta(seconds=AGAIN[min(call.tries, len(AGAIN) - 1)])
    free = ProviderCall.objects.filter(pk=call.pk, tries=call.tries, not_before__lte=Now())
    return bool(free.update(tries=F("tries") + 1, not_before=Now() + again))


def _settle(lost: Iterable[Message], answers: Mapping[int, Answer]) -> int:
    certain = 0
    for message in lost:
        answer = answers[message.pk]
        if answer.outcome == "uncertain":
            continue
        arrived = answer.outcome == "accepted"
        words = "The provider says that it has it." if arrived else f"The provider did not take it: {answer.text}"
        resolve_uncertain(
            message=message, arrived=arrived, by=None, words=words, provider_message_id=answer.provider_message_id
        )
        certain += 1
    log.info("call_repeated", messages=len(answers), certain=certain)
    return certain
