"""What an answer leads to: states, growing intervals, and the end of trying."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from messaging.outbox.verdict import Settled, settle
from messaging.transports import Answer

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
BUSY = Answer("deferred", "rcpt", 451, "4.2.1", "Try later")
NO_CONNECTION = Answer("deferred", "connect", text="Connection refused")
LOST = Answer("uncertain", "end_of_data", text="The server closed the connection.")


def settled(answer: Answer, purpose: str = "marketing", attempts: int = 1) -> Settled:
    return settle(answer, purpose=purpose, attempts=attempts, now=NOW, seed=0)


@pytest.mark.parametrize("purpose", ["marketing", "transactional", "one_to_one"])
def test_intervals_grow_until_a_message_is_given_up(purpose: str) -> None:
    tries = [settled(BUSY, purpose, attempts) for attempts in range(1, 30)]
    delays = [one.delay for one in tries if one.state == "deferred"]
    assert delays == sorted(delays)
    assert delays[0] < delays[-1]
    assert sum(delays) <= 6 * 24 * 3600
    assert tries[-1].state == "failed"
    assert tries[-1].reason == "gave up"
    assert "Try later" in tries[-1].words


def test_mail_that_somebody_waits_for_is_tried_again_sooner() -> None:
    assert settled(BUSY, "transactional").delay < settled(BUSY, "marketing").delay


def test_messages_deferred_together_do_not_come_back_together() -> None:
    delays = {settle(BUSY, purpose="marketing", attempts=1, now=NOW, seed=seed).delay for seed in range(50)}
    assert len(delays) == 50


@pytest.mark.parametrize(
    ("answer", "state", "hard"),
    [
        (Answer("failed", "rcpt", 550, "5.1.1", "No such user"), "failed", True),
        (Answer("failed", "end_of_data", 554, "5.7.1", "Spam"), "failed", False),
        (Answer("failed", "build", text="needs SMTPUTF8"), "failed", False),
        (Answer("failed", "api", 422, text="Inactive recipient"), "failed", False),
        (Answer("deferred", "api", 429, text="Slow down", retry_after=3600), "deferred", False),
        (NO_CONNECTION, "deferred", False),
    ],
)
def test_refusals(answer: Answer, state: str, hard: bool) -> None:
    outcome = settled(answer)
    assert (outcome.state, outcome.hard) == (state, hard)


def test_the_providers_own_wish_is_kept_where_it_is_longer() -> None:
    assert settled(Answer("deferred", "api", 429, text="Slow down", retry_after=7200)).delay == 7200


def test_busy_servers_are_eased_off() -> None:
    assert settled(Answer("deferred", "rcpt", 421, "4.7.0", "Too many connections")).ease_off


@pytest.mark.parametrize(
    ("purpose", "state"), [("marketing", "uncertain"), ("one_to_one", "uncertain"), ("transactional", "deferred")]
)
def test_what_may_have_arrived_is_sent_again_only_where_two_are_better_than_none(purpose: str, state: str) -> None:
    assert settled(LOST, purpose).state == state
