"""Servers of a benchmark's own: PostgreSQL, Redis, and postfix's smtp-sink. All are gone when it ends."""

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
from pathlib import Path

SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"
# smtp-source is measured with each of these numbers of connections, and the best one counts.
SESSIONS = (1, 2, 4, 8, 16)


@contextmanager
def stack() -> Iterator[None]:
    """An empty, migrated database and Redis as `./bin/run` has them, and Django set up on them."""
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
        database, broker = supervisor.start([postgres.program(places), redis.program(places)])
        postgres.wait_until_ready(places, database, supervisor.log_of("postgres"))
        redis.wait_until_ready(places, broker, supervisor.log_of("redis"))
        _set_up()
        yield
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """A running smtp-sink; gives its port. `options` are its own, such as `-w 1` to answer late."""
    port = free_port()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen(
        [SINK, *user, *options, f"127.0.0.1:{port}", "512"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
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
    raise TimeoutError("smtp-sink did not start")


def here() -> Path:
    """The project's folder, put first on the path so that benchmarks run from anywhere."""
    root = Path(__file__).resolve().parent.parent
    sys.path.insert(0, str(root))
    return root
