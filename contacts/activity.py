"""The activity log's vocabulary and its one way in.

Each app registers the kinds it writes (`register`), upper apps say which they listen to (`listen`),
and everybody writes with `record` or `record_many`, inside the transaction of the change itself.
Kinds are past tense, `noun.verb`; `data` holds ids and scalars only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import connection
from django.utils import timezone

from contacts.recordset import recordset

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.models import Activity, User
    from contacts.querysets import ActivityQuerySet

Json = dict[str, Any]


@dataclass(frozen=True)
class ActivityKind:
    """How one kind of entry reads on the stream.

    `sentence` is a format string over `data` plus `who` (the user's name or "Somebody"), such as
    `"Joined list {list_name}"`. `link` turns `data` into a URL, or None. `icon` is a name of the
    sprite, `tone` one of green, blue, indigo, orange, purple, pink, red, grey. `note` is a second,
    quieter line of the same form, left out where `data` lacks (or has empty) what it names.
    """

    key: str
    sentence: str | StrPromise
    icon: str = "activity"
    tone: str = "grey"
    link: Callable[[Json], str | None] | None = None
    note: str | StrPromise = ""


@dataclass
class _Registry:
    kinds: dict[str, ActivityKind] = field(default_factory=dict)
    listeners: dict[str, list[Callable[[Activity], None]]] = field(default_factory=dict)
    streams: dict[str, Callable[[int, User], ActivityQuerySet | None]] = field(default_factory=dict)


_registry = _Registry()

# An automation that starts an automation that starts it again stops here.
MAX_HOPS = 8


def register(*kinds: ActivityKind) -> None:
    """Make kinds known; called from an AppConfig's `ready`."""
    for kind in kinds:
        _registry.kinds[kind.key] = kind


def kind_of(key: str) -> ActivityKind:
    """The kind with this key; an unknown one (an app that is gone) reads as its key."""
    return _registry.kinds.get(key) or ActivityKind(key, key.replace(".", " ").replace("_", " ").capitalize())


def kinds() -> list[ActivityKind]:
    """All registered kinds."""
    return list(_registry.kinds.values())


def register_stream(record: str, entries: Callable[[int, User], ActivityQuerySet | None]) -> None:
    """Say which entries the stream of a kind of record shows.

    `entries` takes the record's id and the user who reads; None when that user may not see it. The
    stream is then found at `contacts:stream`, with the kind of record and its id.
    """
    _registry.streams[record] = entries


def stream_of(record: str, pk: int, user: User) -> ActivityQuerySet | None:
    """The entries of one record's stream; None for a kind nobody registered and for what is not visible."""
    entries = _registry.streams.get(record)
    return entries(pk, user) if entries else None


def listen(key: str, handler: Callable[[Activity], None]) -> None:
    """Have `handler` called once for every later entry of this kind, in a transaction of its own.

    The handler runs in a worker and must be idempotent: it is called again when its worker died
    before the commit, or when it raised.
    """
    handlers = _registry.listeners.setdefault(key, [])
    if handler not in handlers:
        handlers.append(handler)


def listeners(key: str) -> list[Callable[[Activity], None]]:
    """Who listens to a kind."""
    return _registry.listeners.get(key, [])


def is_heard(key: str) -> bool:
    """Whether an entry of this kind must be handed over to somebody."""
    return key in _registry.listeners


@dataclass(frozen=True)
class Entry:
    """One thing that happened, to be written to the log."""

    kind: str
    contact_id: int | None = None
    account_id: int | None = None
    data: Json = field(default_factory=dict)
    occurred_at: datetime | None = None
    hops: int = 0


def record_many(entries: Iterable[Entry], *, by: User | None) -> None:
    """Write entries to the log, in bulk; marks those that somebody listens to as due."""
    from contacts.models import Activity

    now = timezone.now()
    Activity.objects.bulk_create(
        (
            Activity(
                kind=entry.kind,
                contact_id=entry.contact_id,
                account_id=entry.account_id,
                data=entry.data,
                occurred_at=entry.occurred_at or now,
                by=by,
                hops=entry.hops,
                due_at=now if is_heard(entry.kind) else None,
            )
            for entry in entries
        ),
        batch_size=1000,
    )


def record_same(
    kind: str, contact_ids: Sequence[int], *, by: User | None, data: Json | None = None, hops: int = 0
) -> None:
    """Write the same entry for many contacts in one statement. The contacts must exist."""
    if not contact_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)"
            " SELECT unnest(%s::bigint[]), %s, now(), %s, %s, %s::jsonb, CASE WHEN %s THEN now() END",
            [list(contact_ids), kind, by.pk if by else None, hops, json.dumps(data or {}), is_heard(kind)],
        )


class Each(TypedDict):
    """One entry of many of a kind, for writers of thousands a second."""

    contact_id: int | None
    account_id: int | None
    by_id: int | None
    data: Json


def record_each(kind: str, entries: Sequence[Each]) -> None:
    """Write entries of one kind, each with its own data, in one statement. The contacts must exist."""
    if not entries:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_activity (contact_id, account_id, by_id, kind, occurred_at, data, due_at)"
            " SELECT one.contact_id, one.account_id, one.by_id, %s, now(), one.data, CASE WHEN %s THEN now() END"
            " FROM json_to_recordset(%s) AS one (contact_id bigint, account_id bigint, by_id bigint, data jsonb)",
            [kind, is_heard(kind), recordset(entries)],
        )


def record(
    kind: str,
    *,
    by: User | None,
    contact_id: int | None = None,
    account_id: int | None = None,
    hops: int = 0,
    **data: Any,
) -> None:
    """Write one entry to the log, in the transaction of the change it tells of."""
    record_many([Entry(kind, contact_id, account_id, data, hops=hops)], by=by)
