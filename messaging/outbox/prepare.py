"""From a claimed batch to messages ready for the desk: route and render, a few queries for all of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import structlog
from django.db import DatabaseError, connection

from messaging.compilation import render_slots
from messaging.liquid import TemplateError
from messaging.mime import render_subject
from messaging.outbox.claim import Claim, Row
from messaging.outbox.journal import Start
from messaging.outbox.mailings import ReadyMailing, ReadyMailings
from messaging.outbox.mark import Mark
from messaging.outbox.verdict import Settled
from messaging.rendering import Surroundings, facts_of, recipients
from messaging.routing import MessageFacts, Refusal, Route, Wait, Ways, decide
from messaging.transports import Outgoing

# A message that cannot leave now is looked at again after this many seconds.
WAIT_SECONDS = 15.0
MENDING_SECONDS = 300.0
_UNREADABLE = Settled("failed", "not_sendable", "The compiled content of the mailing cannot be read.")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Ready:
    """A message for the desk of its route, and what will be marked about it."""

    route: Route
    outgoing: Outgoing
    start: Start
    mark: Mark


@dataclass(slots=True)
class Prepared:
    """A batch: what can be handed over, and what has an outcome without that."""

    ready: list[Ready] = field(default_factory=list)
    settled: list[Mark] = field(default_factory=list)


def prepare(claim: Claim, ways: Ways, mailings: ReadyMailings, *, now: datetime) -> Prepared:
    """Decide for each message of a claim, and render those that leave."""
    prepared = Prepared()
    around = Surroundings()
    by_mailing: defaultdict[int, list[Row]] = defaultdict(list)
    for row in claim.rows:
        by_mailing[row.mailing_id].append(row)
    found = mailings.load(by_mailing)
    suppressed = suppressions([row.address for row in claim.rows])
    active = active_lists([row.contact_id for row in claim.rows if row.contact_id and row.purpose == "marketing"])
    for mailing_id, rows in by_mailing.items():
        if mailing := found.get(mailing_id):
            routed = _routed(claim, mailing, rows, ways, Standing(suppressed, active), prepared)
            _render_safely(claim, mailing, routed, around, prepared, now)
        else:
            prepared.settled += [Mark(row, claim.id, _UNREADABLE) for row in rows]
    return prepared


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a batch's recipients: suppressions by address, active lists by contact."""

    suppressions: Mapping[str, Sequence[str]]
    lists: Mapping[int, Set[int]]


def suppressions(addresses: Sequence[str]) -> dict[str, list[str]]:
    """The kinds of suppression of each address that is listed, by address in lower case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(address), array_agg(kind::text) FROM messaging_suppression"
            " WHERE lower(address) = ANY (ARRAY(SELECT json_array_elements_text(%s))) GROUP BY 1",
            [json.dumps([address.lower() for address in addresses])],
        )
        return dict(cursor.fetchall())


def active_lists(contact_ids: Sequence[int]) -> dict[int, set[int]]:
    """The lists that each contact is active on."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    if contact_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contact_id, list_id FROM contacts_subscription"
                " WHERE contact_id = ANY (%s) AND status = 'active'",
                [list(contact_ids)],
            )
            for contact_id, list_id in cursor.fetchall():
                found[contact_id].add(list_id)
    return found


def _routed(
    claim: Claim, mailing: ReadyMailing, rows: Sequence[Row], ways: Ways, standing: Standing, prepared: Prepared
) -> list[tuple[Row, Route]]:
    """The rows that go, with their routes; the others are settled."""
    routed = []
    for row in rows:
        facts = _facts(row, mailing, standing.lists)
        decision = decide(facts, ways, standing.suppressions.get(row.address.lower(), ()))
        if isinstance(decision, Route):
            routed.append((row if decision.list_id is None else _by_list(row, decision.list_id), decision))
        else:
            prepared.settled.append(Mark(row, claim.id, _settled(decision), route_reason=decision.words))
    return routed


def _facts(row: Row, mailing: ReadyMailing, active: Mapping[int, Set[int]]) -> MessageFacts:
    if row.purpose != "marketing":
        return MessageFacts(row.purpose, has_contact=row.contact_id is not None)
    if row.origin == "user":
        # Users send 1:1 mail only, but for a campaign's test to themselves.
        return MessageFacts("marketing", row.contact_id is not None, is_test=True)
    lists: Set[int] = active.get(row.contact_id or 0, frozenset())
    if row.origin == "campaign":
        # A campaign is owed by its own lists only; an automation's email by any list the contact is on.
        lists = lists & (mailing.list_ids | {row.mailing_list_id or 0})
    return MessageFacts("marketing", row.contact_id is not None, frozenset(lists), row.mailing_list_id)


def _by_list(row: Row, list_id: int) -> Row:
    return row._replace(mailing_list_id=list_id)


def _settled(decision: Refusal | Wait) -> Settled:
    if isinstance(decision, Wait):
        return Settled("queued", decision.code, decision.words, delay=WAIT_SECONDS)
    return Settled("suppressed", decision.code, decision.words)


def _render_safely(
    claim: Claim,
    mailing: ReadyMailing,
    routed: Sequence[tuple[Row, Route]],
    around: Surroundings,
    prepared: Prepared,
    now: datetime,
) -> None:
    """Render; a mailing that breaks us must not stop the others of its lane."""
    part = Prepared()
    try:
        _render(claim, mailing, routed, around, part, now)
    except DatabaseError:
        raise
    except Exception as error:  # a fault of ours, met by this mailing: it waits until we are mended
        log.exception("mailing_not_prepared", mailing_id=mailing.id)
        words = f"{type(error).__name__}: {error}"
        later = Settled("queued", "cannot be prepared", words, delay=MENDING_SECONDS)
        part = Prepared(settled=[Mark(row, claim.id, later) for row, _ in routed])
    prepared.ready += part.ready
    prepared.settled += part.settled


def _render(
    claim: Claim,
    mailing: ReadyMailing,
    routed: Sequence[tuple[Row, Route]],
    around: Surroundings,
    prepared: Prepared,
    now: datetime,
) -> None:
    compiled = mailing.compiled
    values = recipients([row for row, _ in routed], compiled, around)
    subject = _constant_subject(compiled.subject)
    for row, route in routed:
        mark = Mark(row, claim.id, Settled("queued"), route.id, route.reason, route.list_id)
        try:
            slots = render_slots(compiled, values[row.id])
        except TemplateError as error:
            mark.settled = Settled("failed", "not_sendable", str(error))
            prepared.settled.append(mark)
            continue
        mark.slots = _packed(slots)
        mark.subject = render_subject(compiled, slots) if subject is None else subject
        facts = facts_of(row, compiled, around, auto_submitted=mailing.auto_submitted, date=now)
        outgoing = Outgoing(row.id, row.address, compiled, slots, facts, route.stream)
        prepared.ready.append(Ready(route, outgoing, Start(route.id, route.list_id, mark.slots), mark))


def _constant_subject(pieces: Sequence[object]) -> str | None:
    """The subject where it is the same for all, else None."""
    return "".join(map(str, pieces)) if all(isinstance(piece, str) for piece in pieces) else None


def _packed(slots: list[str]) -> str:
    try:
        return orjson.dumps(slots).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, which orjson refuses
        return json.dumps(slots)
