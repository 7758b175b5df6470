"""What a benchmark was measured on, and the CPU time of the processes that took part."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil


def described() -> str:
    """Processor, memory, system and versions, in two lines."""
    memory = psutil.virtual_memory().total / 2**30
    first = f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"
    parts = {"Django": "django", "Celery": "celery", "psycopg": "psycopg", "granian": "granian"}
    versions = ", ".join(f"{name} {version(package)}" for name, package in parts.items())
    return f"{first}\nPython {platform.python_version()}, {versions}"


def servers_described() -> str:
    """Versions of the database and the broker that are in use."""
    import redis
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return f"PostgreSQL {postgres}, Redis {client.info('server')['redis_version']}"


class Meter:
    """CPU seconds of groups of processes, each named by its first process, since the meter was made."""

    def __init__(self, groups: Mapping[str, int]) -> None:
        self._groups = dict(groups)
        self._before = self._now()

    def seconds(self) -> dict[str, float]:
        """CPU seconds of each group since then: its processes, and those of theirs that have ended."""
        now = self._now()
        return {name: now[name] - before for name, before in self._before.items()}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._groups.items()}


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and all its descendants, ended ones too, as long as they were waited for."""
    total = 0.0
    first = psutil.Process(pid)
    for process in [first, *first.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
