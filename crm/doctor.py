"""The examination that `manage.py doctor` makes: all that the apps ask, in order, whatever is broken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import redis
from django.db import DatabaseError, InterfaceError

from contacts import operations
from contacts.operations import Examination, Finding, Level, problem
from crm import vitals


@dataclass(frozen=True)
class Told:
    """A finding, and what it is about."""

    key: str
    title: str
    finding: Finding


# What the others need, and how it is asked. These never raise for a server that is away.
SERVERS: dict[str, tuple[str, Callable[[], Iterable[Finding]], str]] = {
    "database": (
        "Database",
        vitals.database_answers,
        "Start PostgreSQL, or correct DATABASE_URL; ./bin/run starts one where it is not set.",
    ),
    "redis": (
        "Redis",
        vitals.redis_answers,
        "Start it, or correct REDIS_URL; ./bin/run starts one where it is not set. Nothing is sent without it.",
    ),
}


def examine(options: Collection[str] = ()) -> Iterator[Told]:
    """All findings. `options` names examinations that ask other people's servers (`providers`, `dns`)."""
    there = set()
    for key, (title, ask, remedy) in SERVERS.items():
        found = _ask(ask, remedy)
        if found[0].level is not Level.PROBLEM or found[0].remedy != remedy:
            there.add(key)
        yield from (Told(key, title, one) for one in found)
    for examination in operations.examinations():
        if (not examination.option or examination.option in options) and examination.needs <= there:
            yield from (Told(examination.key, examination.title, one) for one in _findings(examination))


def _ask(ask: Callable[[], Iterable[Finding]], remedy: str) -> list[Finding]:
    try:
        return list(ask())
    except (DatabaseError, InterfaceError, redis.RedisError) as error:
        return [problem(f"It does not answer: {_words(error)}", remedy)]


def _findings(examination: Examination) -> list[Finding]:
    try:
        return list(examination.run())
    except (DatabaseError, InterfaceError, redis.RedisError) as error:
        return [problem(f"This could not be asked: {_words(error)}", "Mend what is said above, and run doctor again.")]


def _words(error: Exception) -> str:
    """The first line: libpq and redis-py say the rest for programmers."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
