"""Writing outcomes down, many in one commit: states, attempts, figures, activity.

Every update asks for the claim that holds the row, so that a worker that was judged by a sweep in the
meantime changes nothing it no longer owns.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from contacts import activity
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
        mailing_list_id = coalesce(done.list_id, message.mailing_list_id), slots = done.slots, reason = '', error = ''
    FROM unnest(%s::bigint[], %s::uuid[], %s::float8[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::jsonb[])
         AS done (id, claim, at, provider_id, route_reason, provider_message_id, list_id, slots)
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
        route_reason = done.route_reason, slots = done.slots, reason = done.reason, error = done.words
    FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::float8[], %s::bigint[], %s::text[], %s::jsonb[],
                %s::text[], %s::text[])
         AS done (id, claim, state, delay, provider_id, route_reason, slots, reason, words)
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
            cursor.execute(_SENT.format(held=held), _columns(map(_sent_values, sent)))
            states |= dict.fromkeys((message_id for (message_id,) in cursor.fetchall()), "sent")
        if others:
            cursor.execute(_OTHER.format(held=held), _columns(map(_other_values, others)))
            states |= dict(cursor.fetchall())
    return states


def _sent_values(mark: Mark) -> tuple[object, ...]:
    assert mark.finish is not None  # noqa: S101 - nothing is sent without an answer
    return (
        mark.row.id,
        mark.claim_id,
        mark.finish.at,
        mark.provider_id,
        mark.route_reason,
        mark.finish.answer.provider_message_id,
        mark.list_id,
        mark.slots,
    )


def _other_values(mark: Mark) -> tuple[object, ...]:
    settled = mark.settled
    return (
        mark.row.id,
        mark.claim_id,
        settled.state,
        float(settled.delay),
        mark.provider_id,
        mark.route_reason,
        mark.slots,
        settled.reason,
        settled.words,
    )


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _write_attempts(marks: Iterable[Mark]) -> None:
    rows = [_attempt(mark.row.id, mark.provider_id, mark.finish) for mark in marks if mark.finish]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_attempt"
            " (message_id, at, provider_id, outcome, stage, code, enhanced, text, milliseconds)"
            " SELECT message_id, to_timestamp(at), provider_id, outcome, stage, code, enhanced, words, milliseconds"
            " FROM unnest(%s::bigint[], %s::float8[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[],"
            " %s::text[], %s::int[])"
            " AS done (message_id, at, provider_id, outcome, stage, code, enhanced, words, milliseconds)",
            _columns(rows),
        )


def _attempt(message_id: int, provider_id: int | None, finish: Finish) -> tuple[object, ...]:
    one = finish.answer
    words = one.text.replace("\0", "")
    return (
        message_id,
        finish.at,
        provider_id,
        one.outcome,
        one.stage[:12],
        one.code,
        one.enhanced[:12],
        words,
        finish.milliseconds,
    )


def _tell(marks: Iterable[Mark]) -> None:
    """An entry in the contact's log for each message that went out."""
    activity.record_each(
        "email.sent",
        [
            activity.Each(
                contact_id=mark.row.contact_id,
                account_id=mark.row.account_id,
                by_id=mark.row.user_id,
                data=json.dumps(
                    {
                        "message_id": mark.row.id,
                        "mailing_id": mark.row.mailing_id,
                        "subject": mark.subject,
                        "purpose": mark.row.purpose,
                        "origin": mark.row.origin,
                    }
                ),
            )
            for mark in marks
            if mark.row.contact_id
        ],
    )


def _count(figures: dict[int, Counter[str]]) -> None:
    """Add to the mailings' figures. Rows are locked in order, so that two workers never wait for each other."""
    rows = [(mailing, *(counts[name] for name in COUNTED)) for mailing, counts in figures.items()]
    rows = [row for row in rows if any(row[1:])]
    if not rows:
        return
    sets = ", ".join(f"{name} = stats.{name} + more.{name}" for name in COUNTED)
    arrays = ", ".join(["%s::bigint[]", *("%s::int[]" for _ in COUNTED)])
    with connection.cursor() as cursor:
        if len(rows) > 1:
            cursor.execute(
                "SELECT 1 FROM messaging_mailingstats WHERE mailing_id = ANY (%s::bigint[])"
                " ORDER BY mailing_id FOR UPDATE",
                [[row[0] for row in rows]],
            )
        cursor.execute(
            f"UPDATE messaging_mailingstats AS stats SET {sets}"  # noqa: S608 - names of our own columns
            f" FROM unnest({arrays}) AS more (mailing_id, {', '.join(COUNTED)})"
            " WHERE stats.mailing_id = more.mailing_id",
            _columns(rows),
        )
