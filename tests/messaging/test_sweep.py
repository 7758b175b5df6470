"""What dead workers leave behind, and what the sweep makes of it by their journals."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from messaging.actions.compose import queue_message
from messaging.actions.hold import resolve_uncertain
from messaging.models import Attempt, Claim, Lane, Mailing, Message
from messaging.outbox import journal
from messaging.outbox.claim import Claimer, Row
from messaging.outbox.drain import drain_lane
from messaging.outbox.journal import Finish, JournalLost, Line, Recorder, Start
from messaging.outbox.mark import Mark, write
from messaging.outbox.sweep import sweep_outbox
from messaging.outbox.verdict import SENT
from messaging.tasks import nudge
from messaging.transports import Answer
from tests.fixtures.processes import wait_until
from tests.messaging import blasts
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPTED = Finish(Answer("accepted", "end_of_data", 250, "2.0.0", "Taken"), 1_800_000_000.0, 12)
REFUSED = Finish(Answer("failed", "rcpt", 550, "5.7.1", "Go away"), 1_800_000_000.0, 12)


@dataclass
class DeadWorker:
    """A worker that claimed a batch and died; tests say how far it had come."""

    claim_id: UUID
    rows: list[Row]
    line: Line
    recorder: Recorder
    provider_id: int

    def starts(self, *rows: Row) -> bool:
        """Begin to hand messages over; says whether the journal lets it."""
        self.recorder.starting([(self.claim_id, row.id, Start(self.provider_id, None, '["Name"]')) for row in rows])
        return not self.recorder.judged()

    def finishes(self, row: Row, finish: Finish) -> None:
        """Hear back about one."""
        self.recorder.ended(self.claim_id, row.id, finish)
        self.recorder.flush()

    def dies(self) -> None:
        """Renew nothing any more."""
        Claim.objects.update(leased_until="2000-01-01T00:00Z")


def worker_with_batch(count: int = 4, *, lane: str = "campaign", kind: str = "smtp") -> DeadWorker:
    provider = blasts.capture_provider(kind=kind)
    if lane == "campaign":
        blasts.blast(count)
    claim_id, line = uuid4(), Line()
    journal.begin(line, claim_id)
    claim = Claimer(lane).take(claim_id, 100)
    assert claim is not None
    assert {one.state for one in Message.objects.all()} == {"sending"}
    return DeadWorker(claim_id, sorted(claim.rows), line, Recorder(line), provider.pk)


def state_of(row: Row) -> str:
    return str(Message.objects.values_list("state", flat=True).get(pk=row.id))


def test_each_message_of_a_dead_worker_is_judged_by_how_far_it_had_come() -> None:
    worker = worker_with_batch()
    sent, refused, on_its_way, untouched = worker.rows
    for row, finish in ((sent, ACCEPTED), (refused, REFUSED)):
        assert worker.starts(row)
        worker.finishes(row, finish)
    assert worker.starts(on_its_way)
    worker.dies()

    assert sweep_outbox() == ["campaign"]

    assert [state_of(row) for row in worker.rows] == ["sent", "failed", "uncertain", "queued"]
    message = Message.objects.get(pk=sent.id)
    assert message.sent_at is not None
    assert message.sent_at.timestamp() == ACCEPTED.at
    assert message.slots == ["Name"]
    assert Message.objects.get(pk=untouched.id).attempts == 0
    assert Attempt.objects.get(message_id=refused.id).text == "Go away"
    assert not Claim.objects.exists()
    stats = Mailing.objects.get().stats
    assert (stats.sent, stats.failed, stats.uncertain) == (1, 1, 1)


def test_a_living_worker_is_left_alone() -> None:
    worker = worker_with_batch()
    sweep_outbox()
    assert {state_of(row) for row in worker.rows} == {"sending"}


def test_an_emptied_redis_proves_nothing_so_nothing_is_sent_again() -> None:
    worker = worker_with_batch()
    worker.starts(worker.rows[0])
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    worker.dies()
    sweep_outbox()
    assert {state_of(row) for row in worker.rows} == {"uncertain"}


def test_what_a_journal_of_another_run_says_is_done_is_done_and_the_rest_is_uncertain() -> None:
    worker = worker_with_batch()
    worker.starts(worker.rows[0])
    worker.finishes(worker.rows[0], ACCEPTED)
    redis.Redis.from_url(settings.REDIS_URL).hset(journal.key_of(worker.claim_id), "run", "a run before this one")
    worker.dies()
    sweep_outbox()
    assert [state_of(row) for row in worker.rows] == ["sent", "uncertain", "uncertain", "uncertain"]


def test_a_worker_that_was_taken_for_dead_hands_nothing_over_any_more() -> None:
    worker = worker_with_batch()
    worker.dies()
    sweep_outbox()
    assert not worker.starts(worker.rows[0])
    assert state_of(worker.rows[0]) == "queued"


def test_a_worker_that_was_only_slow_still_settles_what_it_knows() -> None:
    worker = worker_with_batch(1)
    (row,) = worker.rows
    assert worker.starts(row)
    worker.dies()
    sweep_outbox()
    assert state_of(row) == "uncertain"
    write([Mark(row, worker.claim_id, SENT, worker.provider_id, finish=ACCEPTED)], finished_claims=[worker.claim_id])
    assert state_of(row) == "sent"
    stats = Mailing.objects.get().stats
    assert (stats.sent, stats.uncertain) == (1, 0)


def test_a_late_mark_changes_nothing_that_another_worker_holds() -> None:
    worker = worker_with_batch(1)
    (row,) = worker.rows
    worker.dies()
    sweep_outbox()
    other = Claimer("campaign").take(uuid4(), 10)
    assert other is not None
    write([Mark(row, worker.claim_id, SENT, worker.provider_id, finish=ACCEPTED)])
    assert state_of(row) == "sending"
    assert Mailing.objects.get().stats.sent == 0


def test_transactional_mail_whose_fate_is_unknown_is_tried_again() -> None:
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hi</p>")
    queue_message(mailing=mailing, address="a@b.example", lane=Lane.TRANSACTIONAL, by=None)
    worker = worker_with_batch(lane="transactional")
    worker.starts(*worker.rows)
    worker.dies()
    sweep_outbox()
    message = Message.objects.get()
    assert (message.state, message.reason) == ("deferred", "perhaps sent")
    assert message.not_before > message.queued_at


def test_captured_mail_is_simply_captured_again() -> None:
    worker = worker_with_batch(kind="capture")
    worker.starts(*worker.rows)
    worker.dies()
    sweep_outbox()
    assert {state_of(row) for row in worker.rows} == {"queued"}


def test_two_sweeps_at_once_judge_each_claim_once() -> None:
    worker = worker_with_batch(20)
    for row in worker.rows[:5]:
        worker.starts(row)
        worker.finishes(row, ACCEPTED)
    worker.dies()

    def sweep() -> None:
        try:
            sweep_outbox()
        finally:
            connection.close()

    sweeps = [threading.Thread(target=sweep) for _ in range(3)]
    for one in sweeps:
        one.start()
    for one in sweeps:
        one.join()
    assert blasts.states() == {"sent": 5, "queued": 15}
    assert Mailing.objects.get().stats.sent == 5
    assert Message.objects.exclude(answer="").count() == 5


def test_emptying_redis_while_a_blast_is_under_way_loses_and_doubles_nothing(quick_sink: QuickSink) -> None:
    blasts.smtp_provider(quick_sink, messages_per_second=300)
    mailing = blasts.blast(600)
    client = redis.Redis.from_url(settings.REDIS_URL)

    def empty_once() -> None:
        wait_until(lambda: len(quick_sink.accepted) >= 100)
        client.flushall()

    emptying = threading.Thread(target=empty_once)
    emptying.start()
    drain_lane("campaign")
    emptying.join()
    while sweep_outbox():
        drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 600}
    assert len(quick_sink.accepted) == 600
    assert set(quick_sink.accepted.values()) == {1}


def test_messages_in_nobodys_hands_are_taken_up_again() -> None:
    worker = worker_with_batch()
    Claim.objects.all().delete()
    sweep_outbox()
    assert {state_of(row) for row in worker.rows} == {"queued"}


def test_a_thousand_nudges_are_one_task() -> None:
    for _ in range(1000):
        nudge("campaign")
    assert redis.Redis.from_url(settings.REDIS_URL).llen("campaign") == 1


def test_a_word_is_not_said_for_a_transaction_that_rolls_back() -> None:
    with transaction.atomic():
        nudge("campaign")
        transaction.set_rollback(True)
    assert redis.Redis.from_url(settings.REDIS_URL).llen("campaign") == 0


def test_the_command_sweeps_and_wakes(capsys: pytest.CaptureFixture[str]) -> None:
    worker = worker_with_batch()
    worker.dies()
    call_command("sweep")
    assert "campaign" in capsys.readouterr().out
    assert {state_of(row) for row in worker.rows} == {"queued"}
    assert redis.Redis.from_url(settings.REDIS_URL).llen("campaign") == 1


def test_a_journal_that_cannot_be_written_stops_the_hand_over() -> None:
    worker = worker_with_batch(1)
    worker.line.close()
    with pytest.raises(JournalLost):
        worker.starts(*worker.rows)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_settles_what_is_uncertain(arrived: bool) -> None:
    worker = worker_with_batch(1)
    worker.starts(*worker.rows)
    worker.dies()
    sweep_outbox()
    message = resolve_uncertain(message=Message.objects.get(), arrived=arrived, by=None)
    again = resolve_uncertain(message=message, arrived=not arrived, by=None)
    assert again.state == message.state == ("sent" if arrived else "queued")
    stats = Mailing.objects.get().stats
    assert (stats.uncertain, stats.sent) == (0, int(arrived))
