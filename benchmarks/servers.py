"""Servers of a benchmark's own: PostgreSQL, Redis, and sinks for mail. All are gone when it ends."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"
# smtp-source is measured with each of these numbers of connections, and the best one counts.
SESSIONS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Stack:
    """The running servers: numbers of their first processes, and where the database is reached."""

    postgres: int
    redis: int
    postgres_host: str


@dataclass(frozen=True)
class Sink:
    """A running SMTP server that throws mail away."""

    port: int
    pid: int


@contextmanager
def stack(settings_of_postgres: Sequence[str] = ()) -> Iterator[Stack]:
    """An empty, migrated database and Redis as `./bin/run` has them, and Django set up on them.

    `settings_of_postgres` are `name=value` over the product's, for looking inside.
    """
    folder = tempfile.mkdtemp(prefix="relay-bench-")
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "RELAY_ENV_FILE": os.devnull,
        "RELAY_DATA_DIR": folder,
        "BASE_URL": "https://crm.example",
        "LOG_LEVEL": "ERROR",
    }
    from django.conf import settings

    from crm.stack import postgres, redis
    from crm.stack.supervisor import Supervisor

    places = settings.PLACES
    places.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervisor = Supervisor(places.logs, lambda line: None)
    postgres.prepare(places)
    try:
        programs = [postgres.program(places, settings=settings_of_postgres), redis.program(places)]
        database, broker = supervisor.start(programs)
        postgres.wait_until_ready(places, database, supervisor.log_of("postgres"))
        redis.wait_until_ready(places, broker, supervisor.log_of("redis"))
        _set_up()
        yield Stack(database.pid, broker.pid, str(places.postgres_run))
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def sink() -> Iterator[Sink]:
    """postfix's smtp-sink."""
    port = free_port()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    with _listening([SINK, *user, f"127.0.0.1:{port}", "512"], port) as running:
        yield running


@contextmanager
def delaying_sink(milliseconds: float, *, witness: str = "") -> Iterator[Sink]:
    """Our own sink (delaying_sink.py), each of whose answers comes so much later; smtp-sink waits for whole seconds.

    `witness` names a file in which the arrival of mail to probe addresses is noted.
    """
    port = free_port()
    script = Path(__file__).with_name("delaying_sink.py")
    command = [sys.executable, str(script), "--port", str(port), "--delay", str(milliseconds), "--witness", witness]
    with _listening(command, port) as running:
        yield running


@contextmanager
def _listening(command: list[str], port: int) -> Iterator[Sink]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Sink(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def source_rate(port: int, *, messages: int, length: int, sessions: Sequence[int] = SESSIONS) -> dict[int, float]:
    """Messages a second of smtp-source, connections kept, for each number of sessions."""
    rates = {}
    for count in sessions:
        command = [SOURCE, "-d", "-s", str(count), "-m", str(messages), "-l", str(length)]
        began = time.perf_counter()
        subprocess.run([*command, f"127.0.0.1:{port}"], check=True, capture_output=True)
        rates[count] = messages / (time.perf_counter() - began)
    return rates


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the sink did not start")
