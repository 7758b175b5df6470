"""Opens and clicks, written in bulk: the hits, the messages' firsts, the figures and the activity, in one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from contacts import activity
from contacts.actions.seen import mark_seen
from contacts.activity import Entry
from messaging.judging import Seen, judge
from messaging.models import Hit, MailingLink, Message
from messaging.tally import Judged, Known, MessageChange, Tally, count
from messaging.tracking import RawHit

# How far around a hit its message's other hits are looked at.
NEARBY = timedelta(hours=1)

_INSERT = """
INSERT INTO messaging_hit (message_id, kind, link_number, at, agent, network, is_machine, verdict, buffer_id)
SELECT * FROM unnest(
    %s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[], %s::text[], %s::bool[], %s::text[],
    %s::text[])
ON CONFLICT (buffer_id) WHERE NOT buffer_id = '' DO NOTHING
RETURNING buffer_id
"""
_MARK_MESSAGES = """
UPDATE messaging_message AS m
SET opened_at = COALESCE(m.opened_at, c.opened_at), clicked_at = COALESCE(m.clicked_at, c.clicked_at),
    open_count = m.open_count + c.opens, click_count = m.click_count + c.clicks
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[])
    AS c (id, opened_at, clicked_at, opens, clicks)
WHERE m.id = c.id
"""
_STATS = ("opened", "clicked", "opens_total", "clicks_total", "machine_opens", "machine_clicks")
_LINK_STATS = ("total_clicks", "unique_clicks", "machine_clicks")


@transaction.atomic
def record_hits(*, hits: Sequence[RawHit]) -> int:
    """Judge and write hits; returns how many were new. The same buffer entries twice are written once."""
    messages = _locked_messages({hit.message_id for hit in hits})
    known_hits = [hit if hit.buffer_id else _named(hit) for hit in hits if hit.message_id in messages]
    if not known_hits:
        return 0
    earlier = _earlier_hits(known_hits)
    judged = _judge_all(known_hits, messages, earlier)
    new = _insert(known_hits, judged)
    tally = count((judged[name] for name in new), _known(messages, earlier))
    _mark_messages(tally.messages)
    _add("messaging_mailingstats", ("mailing_id",), _STATS, {(key,): v for key, v in tally.mailings.items()})
    _add("messaging_mailinglink", ("mailing_id", "number"), _LINK_STATS, tally.links)
    _tell(tally, messages)
    mark_seen(seen=_seen_people(new, judged, messages))
    return len(new)


def _locked_messages(ids: Iterable[int]) -> dict[int, Message]:
    # In the order of ids, so that two writers never wait for each other in a circle.
    found = Message.objects.select_for_update(of=("self",), no_key=True).select_related("mailing")
    wanted = found.filter(pk__in=list(ids)).order_by("pk")
    return {message.pk: message for message in wanted.defer("slots", "context", "mailing__html", "mailing__compiled")}


def _named(hit: RawHit) -> RawHit:
    return RawHit(**{**hit.__dict__, "buffer_id": f"direct-{uuid4().hex}"})


def _earlier_hits(hits: Sequence[RawHit]) -> dict[int, list[Hit]]:
    found: dict[int, list[Hit]] = defaultdict(list)
    for row in Hit.objects.filter(message_id__in={hit.message_id for hit in hits}, kind="click").order_by("pk"):
        found[row.message_id].append(row)
    return found


def _judge_all(
    hits: Sequence[RawHit], messages: Mapping[int, Message], earlier: Mapping[int, list[Hit]]
) -> dict[str, Judged]:
    around: dict[int, list[Seen]] = defaultdict(list)
    for hit in hits:
        around[hit.message_id].append(_seen(hit))
    for message_id, rows in earlier.items():
        around[message_id] += [Seen(row.kind, row.at, row.agent, row.network, row.link_number) for row in rows]
    return {
        hit.buffer_id: Judged(
            hit.message_id,
            hit.kind,
            hit.at,
            hit.link,
            judge(
                _seen(hit),
                sent_at=messages[hit.message_id].sent_at,
                others=[one for one in around[hit.message_id] if abs(one.at - hit.at) <= NEARBY],
            ),
        )
        for hit in hits
    }


def _seen(hit: RawHit) -> Seen:
    return Seen(hit.kind, hit.at, hit.agent, hit.network, hit.link, hit.head)


def _insert(hits: Sequence[RawHit], judged: Mapping[str, Judged]) -> list[str]:
    verdicts = [judged[hit.buffer_id].verdict for hit in hits]
    columns: list[list[Any]] = [
        [hit.message_id for hit in hits],
        [hit.kind for hit in hits],
        [hit.link for hit in hits],
        [hit.at for hit in hits],
        [hit.agent.replace("\0", "") for hit in hits],
        [hit.network for hit in hits],
        [bool(verdict) for verdict in verdicts],
        verdicts,
        [hit.buffer_id for hit in hits],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
        return [row[0] for row in cursor.fetchall()]


def _known(messages: Mapping[int, Message], earlier: Mapping[int, list[Hit]]) -> dict[int, Known]:
    return {
        pk: Known(
            message.mailing_id,
            message.opened_at is not None,
            message.clicked_at is not None,
            frozenset(
                row.link_number for row in earlier.get(pk, []) if not row.is_machine and row.link_number is not None
            ),
        )
        for pk, message in messages.items()
    }


def _mark_messages(changes: Mapping[int, MessageChange]) -> None:
    if not changes:
        return
    rows = sorted(changes.items())
    columns: list[Any] = [
        [pk for pk, _ in rows],
        [change.first_open for _, change in rows],
        [change.first_click for _, change in rows],
        [change.opens for _, change in rows],
        [change.clicks for _, change in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MARK_MESSAGES, columns)


def _add(table: str, keys: tuple[str, ...], columns: tuple[str, ...], figures: Mapping[Any, Counter[str]]) -> None:
    """Add figures to their rows, in the order of keys (a circle of locks again)."""
    sets = ", ".join(f"{column} = {column} + %s" for column in columns)
    where = " AND ".join(f"{key} = %s" for key in keys)
    with connection.cursor() as cursor:
        for key, counter in sorted(figures.items()):
            # Names come from the constants above, values are bound.
            cursor.execute(
                f"UPDATE {table} SET {sets} WHERE {where}",  # noqa: S608
                [*(counter[column] for column in columns), *key],
            )


def _seen_people(
    new: Iterable[str], judged: Mapping[str, Judged], messages: Mapping[int, Message]
) -> dict[int, datetime]:
    """When each contact was seen last: by their own hits, not by machines'."""
    seen: dict[int, datetime] = {}
    for hit in (judged[name] for name in new):
        contact_id = messages[hit.message_id].contact_id
        if contact_id is not None and not hit.verdict:
            seen[contact_id] = max(hit.at, seen.get(contact_id, hit.at))
    return seen


def _tell(tally: Tally, messages: Mapping[int, Message]) -> None:
    """The first open and the first click of a person, for those who are contacts."""
    urls = _first_urls(tally, messages)
    entries = []
    for pk, change in sorted(tally.messages.items()):
        message = messages[pk]
        if message.contact_id is None:
            continue
        data = message_data(message)
        if change.first_open is not None:
            entries.append(Entry("email.opened", message.contact_id, data=data, occurred_at=change.first_open))
        if change.first_click is not None:
            number = change.first_link
            url = urls.get((message.mailing_id, number or 0), "")
            clicked = {**data, "link_number": number, "url": url}
            entries.append(Entry("email.clicked", message.contact_id, data=clicked, occurred_at=change.first_click))
    activity.record_many(entries, by=None)


def _first_urls(tally: Tally, messages: Mapping[int, Message]) -> dict[tuple[int, int], str]:
    mailings = {messages[pk].mailing_id for pk, change in tally.messages.items() if change.first_click}
    rows = MailingLink.objects.filter(mailing_id__in=mailings).values_list("mailing_id", "number", "url")
    return {(mailing_id, number): url for mailing_id, number, url in rows}


def message_data(message: Message) -> dict[str, Any]:
    """What every activity of a message says of it."""
    return {
        "message_id": message.pk,
        "mailing_id": message.mailing_id,
        "subject": message.mailing.subject,
        "purpose": message.purpose,
        "origin": message.origin,
    }
