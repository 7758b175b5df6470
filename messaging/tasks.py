"""The words that wake workers. A task carries no message, only that a lane has work; a lost one is harmless."""

from __future__ import annotations

from functools import partial

import redis
import structlog
from celery import shared_task
from celery.signals import worker_process_shutdown, worker_shutting_down
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from messaging import rates
from messaging.actions.dkim import check_active_keys, retire_old_keys
from messaging.applying import apply_fresh_events, match_late_events
from messaging.draining import drain_hits
from messaging.outbox import ending
from messaging.outbox.desk import close_desks
from messaging.outbox.drain import drain_lane
from messaging.outbox.repeating import repeat_lost_calls
from messaging.outbox.sweep import sweep_outbox

log = structlog.get_logger(__name__)

# A word that no worker took within this time is said again; also how long a lost one keeps others from being said.
WORD_SECONDS = 5


def nudge(lane: str) -> None:
    """Say that a lane has work, once the current transaction is committed. A thousand nudges are one task."""
    transaction.on_commit(partial(_say, lane))


def _say(lane: str) -> None:
    try:
        if rates.client().set(_said(lane), 1, nx=True, ex=WORD_SECONDS):
            drain.apply_async(args=(lane,), queue=lane, expires=60 * WORD_SECONDS, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.warning("nudge_lost", lane=lane, error=str(error))


def _said(lane: str) -> str:
    return f"relay:nudged:{lane}"


@shared_task(name="messaging.drain")
def drain(lane: str) -> None:
    """Send what is due in a lane for a while; have another worker join in, or go on, when there is more."""
    rates.client().delete(_said(lane))
    with ending.draining():
        if drain_lane(lane, on_plenty=partial(nudge, lane)):
            nudge(lane)


@worker_shutting_down.connect
def _end_drains(**kwargs: object) -> None:
    """A worker that was asked to end need not be waited for until its turn is over."""
    ending.ask()


@worker_process_shutdown.connect
def _close_desks(**kwargs: object) -> None:
    """A worker that ends in order gives its connections back, so that its successor need not wait for them."""
    close_desks()


@shared_task(name="messaging.sweep")
def sweep() -> None:
    """Repair what dead workers left, and wake the lanes that have due work."""
    for lane in sweep_outbox():
        nudge(lane)


@shared_task(name="messaging.repeat_calls")
def repeat_calls() -> None:
    """Ask providers again for answers that were lost; what had not been taken goes back to its lane."""
    if repeat_lost_calls():
        sweep()


@shared_task(name="messaging.write_hits")
def write_hits() -> None:
    """Move opens and clicks from their buffer into the database."""
    drain_hits()


def apply_events_soon() -> None:
    """Say that a provider has reported something."""
    try:
        apply_events.apply_async(queue="default", expires=60 * WORD_SECONDS, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.warning("nudge_lost", lane="default", error=str(error))


@shared_task(name="messaging.apply_events")
def apply_events() -> None:
    """Apply what providers have reported."""
    apply_fresh_events()


@shared_task(name="messaging.match_events")
def match_events() -> None:
    """Look again for the messages of reports that came too early."""
    match_late_events()


@shared_task(name="messaging.tend_dkim_keys")
def tend_dkim_keys() -> None:
    """Put away keys whose records are needed no more, and look whether those of the others are still there."""
    retire_old_keys(timezone.now())
    check_active_keys()
