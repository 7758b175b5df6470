"""Whether the parts this process needs are there: database, broker, workers that answered lately."""

import time
from dataclasses import dataclass

import redis
import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection

log = structlog.get_logger(__name__)

# Words go out every 30 s (crm/schedule.py); two may be lost before a lane counts as silent.
HEARTBEAT_KEPT = 100


@dataclass(frozen=True)
class Health:
    """The answers; `lanes` are seconds since a worker of that lane answered, None for not lately."""

    database: bool
    broker: bool
    lanes: dict[str, int | None]

    @property
    def ready(self) -> bool:
        """One lane that answers is enough: a blast may keep another busy for longer than a heartbeat is kept."""
        return self.database and self.broker and any(age is not None for age in self.lanes.values())


def look() -> Health:
    """Ask the parts now."""
    return Health(database=_database(), broker=_broker(), lanes=_lanes())


def note_heartbeat(lane: str) -> None:
    """Write down that a worker of `lane` answered."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.set(heartbeat_key(lane), int(time.time()), ex=HEARTBEAT_KEPT)


def heartbeat_key(lane: str) -> str:
    """Where Redis keeps the last heartbeat of a lane."""
    return f"relay:heartbeat:{lane}"


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("health_database_unreachable", error=type(error).__name__)
        return False
    return True


def _broker() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:  # each transport has errors of its own
        log.warning("health_broker_unreachable", error=type(error).__name__)
        return False
    return True


def _lanes() -> dict[str, int | None]:
    lanes: list[str] = list(settings.LANES)
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            values = client.mget([heartbeat_key(lane) for lane in lanes])
    except redis.RedisError as error:
        log.warning("health_redis_unreachable", error=type(error).__name__)
        values = [None] * len(lanes)
    now = int(time.time())
    return {
        lane: None if value is None else max(now - int(value), 0) for lane, value in zip(lanes, values, strict=True)
    }
