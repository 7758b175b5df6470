"""Writing outcomes down, many in one commit: states, attempts, figures, activity.

Every update asks for the claim that holds the row, so that a worker that was judged by a sweep in the
meantime changes nothing it no longer owns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from contacts import activity
from contacts.recordset import recordset
from messaging.actions.bounce import HardBounce, record_hard_bounces
from messaging.outbox.claim import Row
from messaging.outbox.journal import Finish
from messaging.outbox.verdict import Settled

# States that count in MailingStats under their own name.
COUNTED = ("sent", "failed", "suppressed", "cancelled", "uncertain")


@dataclass(slots=True)
class Mark:
    """A message's outcome, ready to be written."""

    row: Row
    claim_id: UUID
    settled: Settled
    provider_id: int | None = None
    route_reason: str = ""
    list_id: int | None = None
    slots: str = "[]"
    subject: str = ""
    # Missing where nothing was handed over.
    finish: Finish | None = None


_SENT = """
    UPDATE messaging_message AS message
    SET state = 'sent', claim = NULL, sent_at = to_timestamp(done.at), provider_id = done.provider_id,
        route = 'provider', route_reason = done.route_reason, provider_message_id = done.provider_message_id,
        mailing_list_id = coalesce(done.list_id, message.mailing_list_id), slots = done.slots::jsonb, reason = '',
        error = '', answer = done.answer, answer_ms = done.milliseconds
    FROM json_to_recordset(%s) AS done (id bigint, claim uuid, at float8, provider_id bigint, route_reason text,
                                        provider_message_id text, list_id bigint, slots text, answer text,
                                        milliseconds int)
    WHERE message.id = done.id AND message.claim = done.claim AND message.state = {held}
    RETURNING message.id
"""

# What goes back to the queue had no attempt. A mailing that was cancelled meanwhile takes nothing back.
_OTHER = """
    UPDATE messaging_message AS message
    SET state = CASE WHEN done.state IN ('queued', 'deferred') AND mailing.cancelled_at IS NOT NULL
                     THEN 'cancelled' ELSE done.state END,
        claim = CASE WHEN done.state = 'uncertain' THEN message.claim END,
        attempts = message.attempts - CASE WHEN done.state = 'queued' THEN 1 ELSE 0 END,
        not_before = now() + make_interval(secs => done.delay),
        provider_id = coalesce(done.provider_id, message.provider_id),
        route = CASE WHEN done.provider_id IS NULL THEN message.route ELSE 'provider' END,
        route_reason = done.route_reason, slots = done.slots::jsonb, reason = done.reason, error = done.words
    FROM json_to_recordset(%s) AS done (id bigint, claim uuid, state text, delay float8, provider_id bigint,
                                        route_reason text, slots text, reason text, words text)
    JOIN messaging_message AS own ON own.id = done.id
    JOIN messaging_mailing AS mailing ON mailing.id = own.mailing_id
    WHERE message.id = done.id AND message.claim = done.claim AND message.state = {held}
    RETURNING message.id, message.state
"""


@transaction.atomic
def write(marks: Sequence[Mark], *, finished_claims: Iterable[UUID] = ()) -> None:
    """Write outcomes and end the claims that have none left, in one transaction."""
    _order_with_cancelling(marks)
    states = _write_states(marks, "'sending'")
    figures: defaultdict[int, Counter[str]] = defaultdict(Counter)
    missed = [mark for mark in marks if mark.row.id not in states]
    if missed:
        # A sweep has called these uncertain while this worker was only slow: now it is known.
        late = _write_states(missed, "'uncertain'")
        states |= late
        for mark in missed:
            figures[mark.row.mailing_id]["uncertain"] -= mark.row.id in late
    written = [mark for mark in marks if mark.row.id in states]
    for mark in written:
        figures[mark.row.mailing_id][states[mark.row.id]] += 1
    _write_attempts(written)
    _tell([mark for mark in written if states[mark.row.id] == "sent"])
    record_hard_bounces([HardBounce(mark.row.id, mark.settled.words) for mark in written if mark.settled.hard])
    _count(figures)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM messaging_claim WHERE id = ANY (%s::uuid[])", [list(finished_claims)])


def _order_with_cancelling(marks: Sequence[Mark]) -> None:
    """Come wholly before or wholly after a cancellation, which locks its mailing too."""
    mailings = sorted({mark.row.mailing_id for mark in marks if mark.settled.state in ("queued", "deferred")})
    if mailings:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM messaging_mailing WHERE id = ANY (%s::bigint[]) ORDER BY id FOR SHARE", [mailings]
            )


def _write_states(marks: Sequence[Mark], held: str) -> dict[int, str]:
    """Write the states of rows that are `held` in this state by their claim; returns what was written."""
    sent = [mark for mark in marks if mark.settled.state == "sent"]
    others = [mark for mark in marks if mark.settled.state != "sent"]
    states: dict[int, str] = {}
    with connection.cursor() as cursor:
        if sent:
            cursor.execute(_SENT.format(held=held), [recordset(map(_sent_values, sent))])
            states |= dict.fromkeys((message_id for (message_id,) in cursor.fetchall()), "sent")
        if others:
            cursor.execute(_OTHER.format(held=held), [recordset(map(_other_values, others))])
            states |= dict(cursor.fetchall())
    return states


def _sent_values(mark: Mark) -> dict[str, object]:
    assert mark.finish is not None  # noqa: S101 - nothing is sent without an answer
    return {
        "id": mark.row.id,
        "claim": str(mark.claim_id),
        "at": mark.finish.at,
        "provider_id": mark.provider_id,
        "route_reason": mark.route_reason,
        "provider_message_id": mark.finish.answer.provider_message_id,
        "list_id": mark.list_id,
        "slots": mark.slots,
        "answer": mark.finish.answer.words,
        "milliseconds": mark.finish.milliseconds,
    }


def _other_values(mark: Mark) -> dict[str, object]:
    settled = mark.settled
    return {
        "id": mark.row.id,
        "claim": str(mark.claim_id),
        "state": settled.state,
        "delay": settled.delay,
        "provider_id": mark.provider_id,
        "route_reason": mark.route_reason,
        "slots": mark.slots,
        "reason": settled.reason,
        "words": settled.words,
    }


_ATTEMPTS = """
    INSERT INTO messaging_attempt (message_id, at, provider_id, outcome, stage, code, enhanced, text, milliseconds)
    SELECT id, to_timestamp(at), provider_id, outcome, stage, code, enhanced, words, milliseconds
    FROM json_to_recordset(%s) AS done (id bigint, at float8, provider_id bigint, outcome text, stage text, code int,
                                        enhanced text, words text, milliseconds int)
"""


def _write_attempts(marks: Iterable[Mark]) -> None:
    rows = [
        _attempt(mark.row.id, mark.provider_id, mark.finish)
        for mark in marks
        if mark.finish and mark.settled.state != "sent"
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ATTEMPTS, [recordset(rows)])


def _attempt(message_id: int, provider_id: int | None, finish: Finish) -> dict[str, object]:
    one = finish.answer
    return {
        "id": message_id,
        "at": finish.at,
        "provider_id": provider_id,
        "outcome": one.outcome,
        "stage": one.stage[:12],
        "code": one.code,
        "enhanced": one.enhanced[:12],
        "words": one.text,
        "milliseconds": finish.milliseconds,
    }


def _tell(marks: Iterable[Mark]) -> None:
    """An entry in the contact's log for each message that went out."""
    activity.record_each("email.sent", [_entry(mark.row, mark.subject) for mark in marks if mark.row.contact_id])


def _entry(row: Row, subject: str) -> activity.Each:
    data = {
        "message_id": row.id,
        "mailing_id": row.mailing_id,
        "subject": subject,
        "purpose": row.purpose,
        "origin": row.origin,
    }
    return {"contact_id": row.contact_id, "account_id": row.account_id, "by_id": row.user_id, "data": data}


_FIGURES = """
    UPDATE messaging_mailingstats AS stats
    SET sent = stats.sent + more.sent, failed = stats.failed + more.failed,
        suppressed = stats.suppressed + more.suppressed, cancelled = stats.cancelled + more.cancelled,
        uncertain = stats.uncertain + more.uncertain
    FROM json_to_recordset(%s) AS more (mailing_id bigint, sent int, failed int, suppressed int, cancelled int,
                                        uncertain int)
    WHERE stats.mailing_id = more.mailing_id
"""


def _count(figures: dict[int, Counter[str]]) -> None:
    """Add to the mailings' figures. Rows are locked in order, so that two workers never wait for each other."""
    rows = [
        {"mailing_id": mailing_id, **{name: counts[name] for name in COUNTED}}
        for mailing_id, counts in figures.items()
        if any(counts[name] for name in COUNTED)
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        if len(rows) > 1:
            cursor.execute(
                "SELECT 1 FROM messaging_mailingstats WHERE mailing_id = ANY (%s) ORDER BY mailing_id FOR UPDATE",
                [list(figures)],
            )
        cursor.execute(_FIGURES, [recordset(rows)])
