"""How the outbox stands: right in every mixture of states, and as cheap with many messages as with few."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from messaging import lanes
from messaging.actions.compose import queue_message
from messaging.actions.hold import hold_mailing
from messaging.lanes import LaneStanding, lane_standings
from messaging.models import Claim, Lane, MailingStats, Message
from messaging.outbox.claim import Claimer
from messaging.outbox.drain import drain_lane
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts

pytestmark = pytest.mark.django_db(transaction=True)


def standing(lane: str = "campaign") -> LaneStanding:
    (found,) = (one for one in lane_standings() if one.key == lane)
    return found


def really_waiting(lane: str = "campaign") -> int:
    return Message.objects.filter(lane=lane, state__in=Message.WAITING).count()


def test_lanes_come_in_the_order_of_their_urgency_and_an_empty_one_is_empty() -> None:
    found = lane_standings()
    assert [one.key for one in found] == ["transactional", "one_to_one", "automation", "campaign"]
    assert {(one.waiting, one.at_least, one.oldest_due, one.holders) for one in found} == {(0, False, None, 0)}


def test_what_waits_is_right_after_every_kind_of_outcome(smtp_server: SmtpServer) -> None:
    """The figures of a mailing tell how many wait; each way out of the queue must be in them."""
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, lanes.MOST_COUNTED + 40)
    blasts.subscribe_addresses(mailing_list, "550-rcpt@example.com", "drop-data@example.com", "451-rcpt@example.com")
    mailing = blasts.make_mailing()
    blasts.queue(mailing, mailing_list)
    assert standing().waiting == really_waiting() == lanes.MOST_COUNTED + 43

    # Some are sent, one fails, one is uncertain, one deferred; the others are not due yet.
    last = Message.objects.order_by("-pk").values("pk")[:13]
    Message.objects.exclude(pk__in=list(last.values_list("pk", flat=True))).update(
        not_before=Now() + timedelta(hours=1)
    )
    drain_lane("campaign")
    assert set(blasts.states(mailing)) == {"queued", "sent", "failed", "uncertain", "deferred"}
    # As many as are counted one by one, plus those that only the figures know of.
    assert standing().waiting == really_waiting() > lanes.MOST_COUNTED
    assert standing().oldest_due is None


def test_the_oldest_due_is_that_of_what_may_be_sent() -> None:
    held, free = blasts.blast(2), blasts.blast(2)
    long_ago, lately = timezone.now() - timedelta(hours=9), timezone.now() - timedelta(minutes=3)
    Message.objects.filter(mailing=held).update(not_before=long_ago)
    Message.objects.filter(mailing=free).update(not_before=lately)
    assert standing().oldest_due == long_ago
    hold_mailing(mailing=held, reason="", by=None)
    assert standing().oldest_due == lately
    assert standing().waiting == 4


def test_a_flood_in_one_lane_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_MAILINGS", 3)
    for number in range(5):
        mailing = blasts.make_mailing(purpose="one_to_one", origin="user", html="<p>Hi</p>", subject=f"S{number}")
        queue_message(mailing=mailing, address="a@b.example", lane=Lane.ONE_TO_ONE, by=None)
    mailing = blasts.make_mailing(purpose="transactional", origin="api", html="<p>Hi</p>", subject="Reset")
    queue_message(mailing=mailing, address="a@b.example", lane=Lane.TRANSACTIONAL, by=None)
    assert (standing("one_to_one").at_least, standing("transactional").waiting) == (True, 1)
    assert standing("one_to_one").waiting >= 3


def test_who_holds_messages_now_is_seen() -> None:
    from uuid import uuid4

    blasts.blast(3)
    assert Claimer("campaign").take(uuid4(), 2)
    assert standing().holders == 1
    assert standing().waiting == 1
    Claim.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert standing().holders == 0


def test_it_reads_a_few_entries_of_the_index_whatever_waits() -> None:
    """With the statistics of an empty table, as in the middle of a first blast."""
    mailing = blasts.blast(1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_message (mailing_id, address, purpose, origin, lane)"
            " SELECT %s, n || '@example.com', 'marketing', 'campaign', 'campaign' FROM generate_series(1, 20000) AS n",
            [mailing.pk],
        )
        MailingStats.objects.update(recipients=20001)
        values: dict[str, Any] = {"lanes": [str(lane) for lane in Lane], "mailings": 500, "counted": 100}
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {lanes._STANDING}", values)
        plan: Any = cursor.fetchone()[0]
    nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    reads = [node for node in nodes if node.get("Relation Name") == "messaging_message"]
    assert {node["Node Type"] for node in reads} <= {"Index Only Scan", "Index Scan"}
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in reads) < 200
    assert standing().waiting == 20001


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
