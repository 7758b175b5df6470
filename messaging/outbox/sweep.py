"""Repairing what dead workers left, by the journal of what they had begun and finished.

Any number of sweeps may run at once: each locks the claims it judges and skips those of others.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import connection, transaction

from messaging import pulse
from messaging.mime import render_subject
from messaging.models import Lane, Provider
from messaging.outbox import journal
from messaging.outbox.claim import ROW_COLUMNS, Row, due_mailings, row_of
from messaging.outbox.journal import JournalLost, Line, Record
from messaging.outbox.mailings import ReadyMailings
from messaging.outbox.mark import Mark, write
from messaging.outbox.verdict import Settled, settle, unknown

log = structlog.get_logger(__name__)

_mailings = ReadyMailings()

# Kinds of provider whose transport makes one mail of two hand-overs.
IDEMPOTENT_KINDS = ("capture",)


def sweep_outbox() -> list[str]:
    """Judge the claims whose lease is over; returns the lanes that have due work."""
    try:
        line = Line()
    except JournalLost as error:
        # Without the journal nothing can be said about anybody's messages: the next sweep tries again.
        log.warning("journal_unreachable", error=str(error))
        return _lanes_with_work()
    try:
        adopt_orphans()
        while judge_next(line):
            pass
    except JournalLost as error:
        log.warning("journal_unreachable", error=str(error))
    finally:
        line.close()
    return _lanes_with_work()


def adopt_orphans() -> int:
    """Give messages that are `sending` under a claim that is gone a claim whose lease is over.

    No way is known by which there could be any; a message in nobody's hands would be lost, so it is asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_claim (id, lane, worker, leased_until)"
            " SELECT DISTINCT ON (message.claim) message.claim, message.lane, 'unknown', now()"
            " FROM messaging_message AS message WHERE message.state = 'sending'"
            " AND NOT EXISTS (SELECT 1 FROM messaging_claim AS claim WHERE claim.id = message.claim)"
            " ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


@transaction.atomic
def judge_next(line: Line) -> bool:
    """Judge one claim of a dead worker and free its messages; False when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, worker, lane FROM messaging_claim WHERE leased_until < now()"
            " ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        found = cursor.fetchone()
    if found is None:
        return False
    claim_id, worker, lane = found
    rows = _rows(claim_id)
    # Closed before it is read: from here on the worker, should it live, hands nothing over under this claim.
    record = journal.close_and_read(line, claim_id)
    marks = [_judged(row, claim_id, record) for row in rows]
    write(marks, finished_claims=[claim_id])
    transaction.on_commit(partial(pulse.note, lane, marks))
    states = [mark.settled.state for mark in marks]
    counts = {state: states.count(state) for state in sorted(set(states))}
    log.warning("claim_judged", claim=str(claim_id), worker=worker, trusted=record.trusted, **counts)
    # The journal stays until it lapses: a worker that was only slow still has to find it closed.
    return True


def _rows(claim_id: UUID) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ROW_COLUMNS} FROM messaging_message AS message"  # noqa: S608 - names of our own columns
            " WHERE message.claim = %s AND message.state = 'sending'",
            [claim_id],
        )
        return [row_of(values) for values in cursor.fetchall()]


def _judged(row: Row, claim_id: UUID, record: Record) -> Mark:
    """What became of one message of a dead worker."""
    now = datetime.now(UTC)
    start = record.started.get(row.id)
    mark = Mark(row, claim_id, Settled("queued"))
    if start:
        mark.provider_id, mark.list_id, mark.slots = start.provider_id, start.list_id, start.slots
        mark.subject = _subject(row, start.slots)
    if finish := record.finished.get(row.id):
        mark.finish = finish
        mark.settled = settle(finish.answer, purpose=row.purpose, attempts=row.attempts, now=now, seed=row.id)
    elif (start is None and record.trusted) or (start and _is_idempotent(start.provider_id)):
        mark.settled = Settled("queued")
    else:
        words = "The worker ended while this was on its way." if start else "The journal of this hand-over was lost."
        mark.settled = unknown(row.purpose, attempts=row.attempts, now=now, seed=row.id, words=words)
    return mark


def _subject(row: Row, slots: str) -> str:
    return render_subject(_mailings.load([row.mailing_id])[row.mailing_id].compiled, json.loads(slots))


def _is_idempotent(provider_id: int) -> bool:
    return Provider.objects.filter(pk=provider_id, kind__in=IDEMPOTENT_KINDS).exists()


def _lanes_with_work() -> list[str]:
    return [str(lane) for lane in Lane if due_mailings(lane)]
