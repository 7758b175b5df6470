"""Moving hits from their buffer into the database, and what to do when there is no buffer."""

from __future__ import annotations

import redis
import structlog

from messaging import tracking
from messaging.actions.engagement import record_hits
from messaging.tracking import RawHit

log = structlog.get_logger(__name__)


def drain_hits(*, settle_seconds: float = tracking.SETTLE_SECONDS) -> int:
    """Write what the buffer holds, batch by batch; returns how many hits were new.

    Any number may run at once, or die at any point: entries leave the buffer after the commit only.
    """
    written = 0
    while hits := tracking.settled(settle_seconds=settle_seconds):
        written += record_hits(hits=hits)
        tracking.forget(hits)
    return written


def take(hit: RawHit) -> None:
    """Keep a hit: in the buffer, or without Redis in the database at once (judged alone, then)."""
    try:
        tracking.put(hit)
    except redis.RedisError:
        log.warning("hit_buffer_unreachable", message_id=hit.message_id)
        record_hits(hits=[hit])
