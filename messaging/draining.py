"""Moving hits from their buffer into the database, and what to do when there is no buffer."""

from __future__ import annotations

from uuid import uuid4

import redis
import structlog

from messaging import tracking
from messaging.actions.engagement import record_hits
from messaging.tracking import RawHit

log = structlog.get_logger(__name__)


def drain_hits(*, settle_seconds: float = tracking.SETTLE_SECONDS) -> int:
    """Write what the buffer holds, batch by batch; returns how many hits were new.

    It may die at any point: entries leave the buffer after the commit only. A second one at the same time
    would do nothing but wait for the first, so it leaves at once.
    """
    written = 0
    if not tracking.start_drain(uuid4().hex):
        return written
    try:
        while hits := tracking.settled(settle_seconds=settle_seconds):
            written += record_hits(hits=hits)
            tracking.forget(hits)
            tracking.go_on_draining()
    finally:
        tracking.end_drain()
    return written


def take(hit: RawHit) -> None:
    """Keep a hit: in the buffer, or without Redis in the database at once (judged alone, then)."""
    try:
        tracking.put(hit)
    except redis.RedisError:
        log.warning("hit_buffer_unreachable", message_id=hit.message_id)
        record_hits(hits=[hit])
