"""Taking a batch of due messages, and holding it by a lease.

The claim is committed before any socket is touched. Due times and leases go by the database's clock,
so that the clocks of the machines need not agree.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

# Mailings that one claim looks at. More of them wait for the next one.
MAX_MAILINGS = 200

# A loose scan of the index `message_due`: one probe for each mailing that waits, whatever the number of messages. A
# held mailing of a million costs the same one probe. Each probe is ordered as that index is, and by all of it: the
# planner, whose statistics are old in the middle of a blast, then has no other way that looks as cheap.
_DUE = """
    WITH RECURSIVE waiting (mailing_id) AS (
        (SELECT mailing_id FROM messaging_message
         WHERE lane = %(lane)s AND state IN ('queued', 'deferred') AND mailing_id > %(after)s
         ORDER BY mailing_id, not_before, id LIMIT 1)
        UNION ALL
        SELECT (SELECT message.mailing_id FROM messaging_message AS message
                WHERE message.lane = %(lane)s AND message.state IN ('queued', 'deferred')
                  AND message.mailing_id > waiting.mailing_id
                ORDER BY message.mailing_id, message.not_before, message.id LIMIT 1)
        FROM waiting WHERE waiting.mailing_id IS NOT NULL
    )
    SELECT waiting.mailing_id
    FROM waiting JOIN messaging_mailing AS mailing ON mailing.id = waiting.mailing_id
    WHERE mailing.held_at IS NULL AND mailing.cancelled_at IS NULL AND (
        SELECT message.not_before FROM messaging_message AS message
        WHERE message.lane = %(lane)s AND message.state IN ('queued', 'deferred')
          AND message.mailing_id = waiting.mailing_id
        ORDER BY message.not_before, message.id LIMIT 1) <= now()
    LIMIT %(limit)s
"""

# The mailings' rows are asked again here, so that holding one takes effect with the next batch. The ids go through an
# array: the planner then never takes a join for a sequential scan of a large table whose statistics are old.
_CLAIM = """
    UPDATE messaging_message AS message
    SET state = 'sending', claim = %(claim)s, attempts = message.attempts + 1
    WHERE message.id = ANY (ARRAY(
        SELECT due.id
        FROM unnest(%(mailings)s::bigint[], %(times)s::timestamptz[], %(ids)s::bigint[])
             AS wanted (mailing_id, after_time, after_id)
        JOIN messaging_mailing AS mailing
             ON mailing.id = wanted.mailing_id AND mailing.held_at IS NULL AND mailing.cancelled_at IS NULL
        CROSS JOIN LATERAL (
            SELECT candidate.id FROM messaging_message AS candidate
            WHERE candidate.lane = %(lane)s AND candidate.state IN ('queued', 'deferred')
              AND candidate.mailing_id = wanted.mailing_id AND candidate.not_before <= now()
              AND (candidate.not_before, candidate.id) > (wanted.after_time, wanted.after_id)
            ORDER BY candidate.not_before, candidate.id
            LIMIT %(share)s
            FOR UPDATE OF candidate SKIP LOCKED
        ) AS due
        LIMIT %(size)s
    ))
    RETURNING {columns}
"""
# In the order of Row.
ROW_COLUMNS = """
    message.id, message.mailing_id, message.contact_id, message.address, message.to_name, message.purpose,
    message.origin, message.mailing_list_id, message.user_id, message.account_id, message.attempts,
    message.message_id, message.context
"""
# How far each mailing of a claim has come. Asked apart: reading a time costs Python more than the rest of its row.
_PLACES = """
    SELECT DISTINCT ON (mailing_id) mailing_id, not_before, id FROM messaging_message
    WHERE claim = %s AND state = 'sending' ORDER BY mailing_id, not_before DESC, id DESC
"""

# Where a mailing's queue has been read to: time and id of the last message taken.
Place = tuple[datetime, int]
BEGINNING: Place = (datetime(1970, 1, 1, tzinfo=UTC), 0)
# How soon a drain that is busy with one mailing notices another.
LOOK_SECONDS = 1.0


class Row(NamedTuple):
    """A claimed message, as far as sending it needs: no ORM object on the hot path."""

    id: int
    mailing_id: int
    contact_id: int | None
    address: str
    to_name: str
    purpose: str
    origin: str
    mailing_list_id: int | None
    user_id: int | None
    account_id: int | None
    attempts: int
    message_id: UUID
    context: Any


@dataclass(slots=True)
class Claim:
    """A batch that this worker holds. `open` are the messages whose outcome is not yet committed."""

    id: UUID
    lane: str
    rows: list[Row]
    places: dict[int, Place] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.open = {row.id for row in self.rows}


@dataclass
class Claimer:
    """Takes batches of one lane, fair between its mailings, for the time of one drain.

    It remembers how far into each mailing it has come: during a blast the index's front is full of dead
    entries, and beginning there each time would cost more the longer the blast lasts.
    """

    lane: str
    _places: dict[int, Place] = field(default_factory=dict)
    _looked_at: float = -LOOK_SECONDS
    _after: int = 0

    def take(self, claim_id: UUID, size: int) -> Claim | None:
        """Claim at most `size` due messages and commit; None when nothing is due that may be sent.

        The journal of `claim_id` must have its header already: a worker that dies after the commit and
        before the header would leave a batch of which nothing is known.
        """
        if self._places and (claim := self._claim(claim_id, size)):
            return claim
        # What a fresh look finds and a claim does not is locked by another worker's claim of this moment.
        self._look(anew=True)
        return self._claim(claim_id, size) if self._places else None

    def _look(self, *, anew: bool = False) -> None:
        """Find mailings with due messages; those that are known keep their place unless it is to begin anew."""
        found = due_mailings(self.lane, after=self._after)
        if not found and self._after:
            found = due_mailings(self.lane)
        self._after = max(found) if len(found) >= MAX_MAILINGS else 0
        known = {} if anew else self._places
        self._places = {mailing_id: known.get(mailing_id, BEGINNING) for mailing_id in found}
        self._looked_at = time.monotonic()

    def _claim(self, claim_id: UUID, size: int) -> Claim | None:
        if time.monotonic() > self._looked_at + LOOK_SECONDS:
            self._look()
        if not self._places:
            return None
        share = -(-size // len(self._places))
        claim = _take(claim_id, self.lane, size, share, self._places)
        counts = Counter(row.mailing_id for row in claim.rows)
        self._places |= claim.places
        if len(claim.rows) < size:
            self._places = {one: place for one, place in self._places.items() if counts[one] >= share}
        return claim if claim.rows else None


def due_mailings(lane: str, *, after: int = 0) -> list[int]:
    """Ids of mailings, neither held nor cancelled, with due messages in a lane; at most MAX_MAILINGS, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"lane": lane, "after": after, "limit": MAX_MAILINGS})
        return [mailing_id for (mailing_id,) in cursor.fetchall()]


def renew(claims: Iterable[Claim]) -> set[UUID]:
    """Move the leases on; returns the claims that are still ours. The others have been judged by a sweep."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_claim SET leased_until = now() + make_interval(secs => %s)"
            " WHERE id = ANY (%s::uuid[]) RETURNING id",
            [settings.OUTBOX_LEASE_SECONDS, [claim.id for claim in claims]],
        )
        return {claim_id for (claim_id,) in cursor.fetchall()}


def worker_name() -> str:
    """Which process this is, for people."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}"


def _take(claim_id: UUID, lane: str, size: int, share: int, places: dict[int, Place]) -> Claim:
    times, ids = zip(*places.values(), strict=True)
    wanted: dict[str, Any] = {"mailings": list(places), "times": list(times), "ids": list(ids)}
    wanted |= {"claim": claim_id, "lane": lane, "share": share, "size": size}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(columns=ROW_COLUMNS),
            wanted,
        )
        rows = [row_of(values) for values in cursor.fetchall()]
        reached: dict[int, Place] = {}
        if rows:
            cursor.execute(_PLACES, [claim_id])
            reached = {mailing_id: (not_before, last) for mailing_id, not_before, last in cursor.fetchall()}
            cursor.execute(
                "INSERT INTO messaging_claim (id, lane, worker, leased_until)"
                " VALUES (%s, %s, %s, now() + make_interval(secs => %s))",
                [claim_id, lane, worker_name(), settings.OUTBOX_LEASE_SECONDS],
            )
    return Claim(claim_id, lane, rows, reached)


def row_of(values: tuple[Any, ...]) -> Row:
    """A row from the columns of ROW_COLUMNS."""
    row = Row._make(values)
    # Django leaves jsonb to its own field class, so a cursor gives text.
    return row if row.context is None else row._replace(context=json.loads(row.context))
