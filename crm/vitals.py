"""What the project itself tells operators: its servers, workers and settings; for /metrics and `manage.py doctor`."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import redis
from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.core.checks.messages import ERROR
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from contacts.operations import Examination, Finding, database_now, hint, ok, problem
from crm import health

NOTHING: frozenset[str] = frozenset()
BOTH = frozenset({"database", "redis"})
REDIS = frozenset({"redis"})
# PostgreSQL 16 is the oldest that the tests run on (docs/configuration.md).
OLDEST_POSTGRES = 160000
# Django's own deployment checks that say something the proxy cannot have settled already.
DJANGOS = frozenset({"security.W009", "security.W018", "security.W020"})
OURS = ("crm.", "messaging.")
# Clocks further apart than this make due times and logs hard to read; nothing depends on it.
CLOCK_SECONDS = 5
# Less than this left on the disk: PostgreSQL stops when there is none.
LEAST_SHARE, LEAST_BYTES = 0.1, 1024**3


def metrics() -> Iterator[Metric]:
    """Workers and beat, from what they say themselves in Redis."""
    processes = GaugeMetricFamily(
        "relay_worker_processes", "Worker processes that serve a lane and have shown themselves.", labels=["lane"]
    )
    for lane, count in health.processes_of(settings.LANES).items():
        processes.add_metric([lane], count)
    yield processes
    age = GaugeMetricFamily(
        "relay_lane_heartbeat_age_seconds",
        "Since a word went through the lane's queue and a worker took it; absent when none did lately.",
        labels=["lane"],
    )
    for lane, seconds in health.heartbeat_ages().items():
        if seconds is not None:
            age.add_metric([lane], seconds)
    yield age
    yield GaugeMetricFamily("relay_beat_alive", "1 while beat sends words.", value=health.beat_is_alive())


def database_answers() -> list[Finding]:
    """The database, its version and its migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
    executor = MigrationExecutor(connection)
    waiting = [str(migration) for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    found = []
    if version < OLDEST_POSTGRES:
        found.append(problem(f"PostgreSQL is of version {version // 10000}.", "Use 16 or later."))
    if waiting:
        words = f"{len(waiting)} migrations are not applied: {', '.join(waiting[:3])}{' …' * (len(waiting) > 3)}."
        found.append(problem(words, "Stop the workers, run `python manage.py migrate`, and start them again."))
    return found or [ok(f"PostgreSQL {version // 10000} answers, and all migrations are applied.")]


def redis_answers() -> list[Finding]:
    """Redis; how it is set up is asked with the settings."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3) as client:
        facts = client.info()
    used = facts["used_memory_human"]
    limit = facts.get("maxmemory") or 0
    if limit and facts["used_memory"] > 0.8 * limit:
        return [
            problem(
                f"Redis uses {used} of the {facts['maxmemory_human']} it may.",
                "Raise maxmemory: without room it takes no more work, and nothing is sent.",
            )
        ]
    return [ok(f"Redis {facts['redis_version']} answers and uses {used}.")]


def _settings() -> Iterator[Finding]:
    """What the system checks find, those of the servers included."""
    told = [one for one in run_checks(include_deployment_checks=True) if _is_of_interest(one)]
    for one in told:
        make = problem if one.level >= ERROR else hint
        yield make(f"{one.msg} ({one.id})", str(one.hint or "See docs/configuration.md."))
    if not told:
        yield ok("The settings are sound.")


def _is_of_interest(message: CheckMessage) -> bool:
    # Nothing of ours runs in an event loop, which is all that async.* is about.
    is_error = message.level >= ERROR and not str(message.id).startswith("async.")
    return is_error or str(message.id).startswith(OURS) or message.id in DJANGOS


def _clocks() -> list[Finding]:
    """The clocks of the database, of Redis and of this machine."""
    here = time.time()
    there = {"PostgreSQL": database_now().timestamp()}
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3) as client:
        seconds, micros = client.time()
    there["Redis"] = seconds + micros / 1e6
    off = {name: at - here for name, at in there.items() if abs(at - here) > CLOCK_SECONDS}
    return [
        hint(f"The clock of {name} is {by:+.0f} s from this machine's.", "Run an NTP client on all machines.")
        for name, by in off.items()
    ] or [ok("The clocks agree.")]


def _workers() -> Iterator[Finding]:
    """Workers of each lane, and whether their queues are served."""
    processes, ages = health.processes_of(settings.LANES), health.heartbeat_ages()
    missing = [lane for lane in settings.LANES if not processes[lane]]
    stuck = [lane for lane in settings.LANES if processes[lane] and ages[lane] is None]
    if missing:
        yield problem(
            f"No worker serves: {', '.join(missing)}.",
            f"Start one: celery --app crm worker --queues {','.join(missing)} (./bin/run does it by itself).",
        )
    if stuck and health.beat_is_alive():
        yield hint(
            f"Workers are there, but took no word lately, of: {', '.join(stuck)}.",
            "A long job or blast may keep them busy. Is it so for long, look at their log and add another worker.",
        )
    if not missing:
        yield ok(f"{len(health.workers())} workers are there, and every lane has one.")


def _beat() -> list[Finding]:
    """The clock that says lost words again and starts sweeps."""
    if health.beat_is_alive():
        return [ok("Beat sends words.")]
    return [
        problem(
            "Beat has not sent a word lately: nothing is swept, and scheduled campaigns do not start.",
            "Start it, one only: celery --app crm beat (./bin/run does it by itself).",
        )
    ]


def _disk() -> list[Finding]:
    """Room in the data folder, and on its disk the embedded servers' data."""
    folder: Path = settings.DATA_DIR
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(nearest)
    room = f"{usage.free / 1024**3:.1f} GiB ({usage.free / usage.total:.0%})"
    if usage.free < LEAST_BYTES or usage.free < LEAST_SHARE * usage.total:
        return [
            problem(
                f"Only {room} are left on the disk of {folder}.",
                "Make room, or move RELAY_DATA_DIR. A database without room stops.",
            )
        ]
    return [ok(f"{room} are left on the disk of the data folder.")]


def _embedded() -> list[Finding]:
    """The servers that `up` starts, where none of one's own are set."""
    places = settings.PLACES
    wanted = {
        "PostgreSQL": settings.EMBEDDED_POSTGRES and places.postgres_run / ".s.PGSQL.5432",
        "Redis": settings.EMBEDDED_REDIS and places.redis_socket,
    }
    gone = [name for name, socket in wanted.items() if socket and not socket.exists()]
    if gone:
        return [problem(f"The embedded {' and '.join(gone)} is not running.", "Start Relay: ./bin/run")]
    mine = [name for name, socket in wanted.items() if socket]
    return [ok(f"The embedded {' and '.join(mine)} runs." if mine else "No embedded server is in use.")]


def examinations() -> Iterable[Examination]:
    """What the project asks, the servers first: the rest needs them."""
    return (
        Examination("embedded", "Embedded servers", _embedded, NOTHING, order=1),
        Examination("settings", "Settings", _settings, NOTHING, order=10),
        Examination("disk", "Disk", _disk, NOTHING, order=11),
        Examination("clocks", "Clocks", _clocks, BOTH, order=12),
        Examination("workers", "Workers", _workers, REDIS, order=20),
        Examination("beat", "Beat", _beat, REDIS, order=21),
    )
