"""The way of a message through the outbox, against a real SMTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from contacts.models import Activity, Subscription
from messaging.actions.compose import queue_message
from messaging.actions.hold import cancel_mailing, hold_mailing, release_mailing
from messaging.actions.suppress import suppress
from messaging.models import Attempt, CapturedMail, Claim, Mailing, Message, Suppression
from messaging.outbox.claim import due_mailings
from messaging.outbox.drain import drain_lane
from tests.fixtures.processes import wait_until
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def another_worker(lane: str = "campaign") -> Iterator[None]:
    """A drain beside the test. Waited for at the end; ended when the test fails."""

    def run() -> None:
        try:
            drain_lane(lane)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    except BaseException:
        Mailing.objects.update(cancelled_at=Now())
        raise
    finally:
        thread.join()


def test_a_blast_reaches_everybody_once_and_is_marked(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(60)

    drain_lane("campaign")

    assert sorted(one.recipients for one in smtp_server.received) == sorted((f"p{n}@example.com",) for n in range(60))
    assert blasts.states(mailing) == {"sent": 60}
    mailing.stats.refresh_from_db()
    assert (mailing.stats.recipients, mailing.stats.sent) == (60, 60)
    assert Activity.objects.filter(kind="email.sent").count() == 60
    assert Message.objects.filter(answer__startswith="250 2.0.0 ").count() == 60
    assert not Claim.objects.exists()


def test_a_sent_message_keeps_its_words_its_route_and_its_identity(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    blasts.blast(1)
    drain_lane("campaign")

    message = Message.objects.select_related("contact").get()
    mail = smtp_server.to(message.address)[0].message
    assert mail["Subject"] == "News for Name0"
    assert mail["Message-ID"] == f"<{message.message_id.hex}@example.com>"
    assert mail["List-Id"].endswith(f"<list-{message.mailing_list_id}.testserver.localhost>")
    assert "Name0" in message.slots
    assert message.route_reason.startswith("First active provider for broadcast mail")
    entry = Activity.objects.get(kind="email.sent")
    assert entry.data["subject"] == "News for Name0"
    assert entry.contact_id == message.contact_id


def test_capture_keeps_mail_and_nothing_leaves() -> None:
    blasts.capture_provider()
    mailing = blasts.blast(30)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 30}
    assert CapturedMail.objects.count() == 30
    assert b"News for Name0" in bytes(CapturedMail.objects.get(rcpt_to="p0@example.com").raw)


def test_a_blast_queued_twice_is_sent_once(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, 5)
    mailing = blasts.make_mailing()
    assert blasts.queue(mailing, mailing_list) == 5
    assert blasts.queue(mailing, mailing_list) == 0
    drain_lane("campaign")
    assert len(smtp_server.received) == 5
    mailing.stats.refresh_from_db()
    assert mailing.stats.recipients == 5


def test_two_workers_at_once_send_each_message_once(quick_sink: QuickSink) -> None:
    blasts.smtp_provider(quick_sink, max_connections=5)
    mailing = blasts.blast(600)
    with another_worker(), another_worker():
        pass
    assert blasts.states(mailing) == {"sent": 600}
    assert set(quick_sink.accepted.values()) == {1}
    assert len(quick_sink.accepted) == 600


def test_who_unsubscribes_after_queueing_gets_nothing(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(3)
    Subscription.objects.filter(contact__email="p0@example.com").update(status="unsubscribed")
    suppress(address="P1@example.com", kind="exclusion", reason="asked", by=None)
    drain_lane("campaign")
    assert [one.recipients for one in smtp_server.received] == [("p2@example.com",)]
    reasons = dict(Message.objects.filter(state="suppressed").values_list("address", "reason"))
    assert reasons == {"p0@example.com": "not_subscribed", "p1@example.com": "exclusion"}
    mailing.stats.refresh_from_db()
    assert (mailing.stats.sent, mailing.stats.suppressed) == (1, 2)


def test_who_left_one_of_two_lists_gets_it_by_the_other(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    first, second = blasts.make_list("First"), blasts.make_list("Second")
    (contact,) = blasts.subscribe(first, 1)
    Subscription.objects.create(contact=contact, list=second, status="active")
    mailing = blasts.make_mailing()
    blasts.queue(mailing, first, second)
    Subscription.objects.filter(list=first).update(status="unsubscribed")
    drain_lane("campaign")
    assert Message.objects.get().mailing_list_id == second.pk
    assert "Second" in smtp_server.received[0].message["List-Id"]


def test_refusals_are_each_messages_own(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    dead, busy, late, gone, fine = blasts.subscribe_addresses(
        mailing_list,
        "550-rcpt@a.example",
        "451-rcpt@a.example",
        "451-data@a.example",
        "drop-data@a.example",
        "a@b.example",
    )
    mailing = blasts.make_mailing()
    blasts.queue(mailing, mailing_list)
    drain_lane("campaign")

    by_contact = {one.contact_id: one for one in Message.objects.all()}
    assert by_contact[fine.pk].state == "sent"
    assert by_contact[dead.pk].state == "failed"
    assert "Asked for by the recipient's name" in by_contact[dead.pk].error
    for one in (busy, late):
        assert by_contact[one.pk].state == "deferred"
        assert by_contact[one.pk].not_before > by_contact[one.pk].queued_at
        assert by_contact[one.pk].attempts == 1
    # Marketing is never sent again when nobody knows whether it arrived.
    assert by_contact[gone.pk].state == "uncertain"
    assert Attempt.objects.get(message=by_contact[gone.pk]).outcome == "uncertain"
    mailing.stats.refresh_from_db()
    stats = mailing.stats
    assert (stats.sent, stats.failed, stats.uncertain, stats.bounced_hard) == (1, 1, 1, 1)


def test_a_dead_address_is_suppressed_and_its_subscriptions_bounce(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    (dead,) = blasts.subscribe_addresses(mailing_list, "550-rcpt@a.example")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    assert Suppression.objects.get(kind="hard_bounce").address == "550-rcpt@a.example"
    assert Subscription.objects.get(contact=dead).status == "bounced"
    assert Message.objects.get().bounce_kind == "hard"
    assert Activity.objects.filter(kind="email.bounced", contact=dead).count() == 1


def test_a_transactional_message_that_may_have_arrived_is_tried_again(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hello</p>")
    queue_message(mailing=mailing, address="drop-data@a.example", lane="transactional", by=None)
    drain_lane("transactional")
    message = Message.objects.get()
    assert (message.state, message.reason) == ("deferred", "perhaps sent")


def test_a_provider_that_cannot_be_reached_is_left_alone_and_costs_no_attempts(start_smtp_server: object) -> None:
    server = SmtpServer()
    server.start()
    server.stop()
    provider = blasts.smtp_provider(server)
    mailing = blasts.blast(40)
    drain_lane("campaign")

    counts = blasts.states(mailing)
    assert counts["queued"] + counts["deferred"] == 40
    assert counts["deferred"] <= provider.max_connections
    assert set(Message.objects.filter(state="queued").values_list("attempts", flat=True)) == {0}
    provider.refresh_from_db()
    assert "refused" in provider.last_error.lower()
    before = Attempt.objects.count()
    drain_lane("campaign")
    assert Attempt.objects.count() == before


def test_a_held_mailing_is_passed_by_and_goes_on_when_released(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    held, other = blasts.blast(20), blasts.blast(3)
    hold_mailing(mailing=held, reason="let me look", by=None)
    assert due_mailings("campaign") == [other.pk]
    drain_lane("campaign")
    assert blasts.states(held) == {"queued": 20}
    assert blasts.states(other) == {"sent": 3}
    release_mailing(mailing=held, by=None)
    drain_lane("campaign")
    assert blasts.states(held) == {"sent": 20}


def test_holding_takes_effect_while_a_batch_is_in_hand(quick_sink: QuickSink) -> None:
    blasts.smtp_provider(quick_sink, messages_per_second=40)
    mailing = blasts.blast(400)
    with another_worker():
        wait_until(lambda: len(quick_sink.accepted) >= 10)
        hold_mailing(mailing=mailing, reason="stop", by=None)
    counts = blasts.states(mailing)
    assert set(counts) == {"sent", "queued"}
    assert counts["sent"] == len(quick_sink.accepted) < 200
    assert set(Message.objects.filter(state="queued").values_list("attempts", flat=True)) == {0}


def test_cancelling_ends_what_is_queued_and_what_is_in_hand(quick_sink: QuickSink) -> None:
    blasts.smtp_provider(quick_sink, messages_per_second=40)
    mailing = blasts.blast(400)
    with another_worker():
        wait_until(lambda: len(quick_sink.accepted) >= 10)
        cancel_mailing(mailing=mailing, by=None)
    counts = blasts.states(mailing)
    assert set(counts) == {"sent", "cancelled"}
    assert counts["sent"] == len(quick_sink.accepted)
    mailing.stats.refresh_from_db()
    assert (mailing.stats.sent, mailing.stats.cancelled) == (counts["sent"], counts["cancelled"])


def test_a_new_blast_is_not_made_to_wait_for_an_older_one(quick_sink: QuickSink) -> None:
    blasts.smtp_provider(quick_sink, messages_per_second=100)
    first = blasts.blast(1000)
    with another_worker():
        wait_until(lambda: len(quick_sink.accepted) >= 20)
        second = blasts.blast(20)
        wait_until(lambda: blasts.states(second).get("sent") == 20)
        assert blasts.states(first).get("queued", 0) > 100
        cancel_mailing(mailing=first, by=None)


def test_a_paused_provider_is_waited_for(smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(5)
    type(provider).objects.update(paused_at="2026-01-01T00:00Z")
    drain_lane("campaign")
    assert blasts.states(mailing) == {"queued": 5}
    type(provider).objects.update(paused_at=None)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 5}


def test_a_message_that_cannot_be_built_fails_alone(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "a b@a.example", "plain@a.example")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    failed = Message.objects.get(state="failed")
    assert (failed.address, failed.reason) == ("a b@a.example", "not_sendable")
    assert failed.error
    assert Message.objects.get(state="sent").address == "plain@a.example"


@pytest.mark.parametrize("offered", [True, False])
def test_an_international_address_goes_where_the_server_takes_it_and_fails_alone(
    start_smtp_server: Callable[..., SmtpServer], offered: bool
) -> None:
    server = start_smtp_server(smtputf8=offered)
    blasts.smtp_provider(server)
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "a@a.example", "ünïcode@bücher.example", "z@a.example")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    international = Message.objects.get(address="ünïcode@bücher.example")
    if offered:
        assert international.state == "sent"
        assert server.to("ünïcode@xn--bcher-kva.example")
    else:
        assert (international.state, international.reason) == ("failed", "address needs SMTPUTF8")
        assert "does not offer SMTPUTF8" in international.error
        assert not Suppression.objects.exists()
    assert Message.objects.filter(state="sent").count() == 2 + offered


def test_a_mailing_that_cannot_be_read_does_not_stop_the_others(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    broken, fine = blasts.blast(2), blasts.blast(2)
    Mailing.objects.filter(pk=broken.pk).update(compiled=b"{}")
    drain_lane("campaign")
    assert blasts.states(broken) == {"failed": 2}
    assert blasts.states(fine) == {"sent": 2}


def test_the_same_key_twice_is_one_message() -> None:
    mailing = blasts.make_mailing(purpose="transactional", origin="api", html="<p>Hello</p>", subject="Hi")
    asked: dict[str, Any] = {
        "mailing": mailing,
        "address": "a@b.example",
        "lane": "transactional",
        "idempotency_key": "k",
        "by": None,
    }
    assert queue_message(**asked).pk == queue_message(**asked).pk
    assert Message.objects.count() == 1
    assert Mailing.objects.get().stats.recipients == 1
