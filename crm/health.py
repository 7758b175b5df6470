"""Whether the parts this process needs are there: database, broker, workers that answered lately."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import redis
import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection

log = structlog.get_logger(__name__)

# Words go out every 30 s (crm/schedule.py); two may be lost before a lane counts as silent.
HEARTBEAT_KEPT = 100
# A worker says that it is there this often; one that has not for three times as long is gone.
PRESENCE_SECONDS = 10
_WORKERS, _BEAT = "relay:workers", "relay:beat"
# By the clock of Redis, so that the clocks of the machines may differ. KEYS: workers. ARGV: who, in JSON, how long.
_PRESENT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
"""


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


@dataclass(frozen=True)
class Worker:
    """A Celery worker that is there: its name (`worker-campaign@host`), its lanes and how many processes it has."""

    name: str
    lanes: tuple[str, ...]
    processes: int


def note_worker(worker: Worker) -> None:
    """Write down that a worker is there; lapses unless it is said again."""
    text = json.dumps([worker.name, *worker.lanes, worker.processes])
    with _client() as client:
        client.eval(_PRESENT, 1, _WORKERS, text, str(3 * PRESENCE_SECONDS))


def forget_worker(worker: Worker) -> None:
    """A worker ends in order."""
    with _client() as client:
        client.zrem(_WORKERS, json.dumps([worker.name, *worker.lanes, worker.processes]))


def workers() -> list[Worker]:
    """The workers that are there. Raises redis.RedisError."""
    with _client() as client:
        found = client.zrange(_WORKERS, client.time()[0], "+inf", byscore=True)
    rows = [json.loads(text) for text in sorted(found)]
    return [Worker(name, tuple(lanes), processes) for name, *lanes, processes in rows]


def processes_of(lanes: Sequence[str]) -> dict[str, int]:
    """How many worker processes serve each lane. Raises redis.RedisError."""
    there = workers()
    return {lane: sum(worker.processes for worker in there if lane in worker.lanes) for lane in lanes}


def note_beat() -> None:
    """Write down that beat sent a word."""
    with _client() as client:
        client.set(_BEAT, 1, ex=HEARTBEAT_KEPT)


def beat_is_alive() -> bool:
    """Whether beat has sent a word lately. Raises redis.RedisError."""
    with _client() as client:
        return bool(client.exists(_BEAT))


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3, decode_responses=True)


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
    try:
        return heartbeat_ages()
    except redis.RedisError as error:
        log.warning("health_redis_unreachable", error=type(error).__name__)
        return dict.fromkeys(settings.LANES)


def heartbeat_ages() -> dict[str, int | None]:
    """Seconds since a word went through each lane's queue and a worker took it; None for not lately.

    Raises redis.RedisError.
    """
    lanes: list[str] = list(settings.LANES)
    with _client() as client:
        values = client.mget([heartbeat_key(lane) for lane in lanes])
    now = int(time.time())
    return {
        lane: None if value is None else max(now - int(value), 0) for lane, value in zip(lanes, values, strict=True)
    }
