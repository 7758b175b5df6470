"""Retry policies and what a server's refusal means."""

import datetime as dt

import pytest

from messaging.retry import POLICIES, judge, judge_reply, next_attempt_at
from messaging.smtp import HandOver

NOW = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ["quick", "slow"])
def test_intervals_grow_and_end(name: str) -> None:
    due = []
    attempts = 1
    while at := next_attempt_at(name, attempts, NOW):
        due.append((at - NOW).total_seconds())
        attempts += 1
    assert due == sorted(due)
    assert len(due) == len(POLICIES[name].intervals)


def test_quick_gives_up_within_a_day_and_slow_within_five() -> None:
    assert 12 < sum(POLICIES["quick"].intervals) / 3600 < 24
    assert 4 < sum(POLICIES["slow"].intervals) / 86400 <= 5


def test_never_is_never() -> None:
    assert next_attempt_at("never", 1, NOW) is None


def test_what_was_deferred_together_comes_back_spread_out() -> None:
    due = {next_attempt_at("slow", 3, NOW, seed=number) for number in range(97)}
    assert len(due) == 97
    assert all(at and dt.timedelta(minutes=30) <= at - NOW <= dt.timedelta(minutes=36) for at in due)


@pytest.mark.parametrize(
    ("code", "enhanced", "stage", "kind", "flags"),
    [
        (421, "4.7.0", "mail", "defer", "ease_off"),
        (421, "", "greeting", "defer", "ease_off"),
        (450, "4.2.0", "rcpt", "defer", ""),
        (450, "", "rcpt", "defer", ""),
        (451, "4.7.1", "rcpt", "defer", "ease_off"),
        (452, "4.2.2", "rcpt", "defer", ""),
        (452, "4.3.1", "mail", "defer", "ease_off"),
        (554, "5.7.1", "greeting", "defer", "ease_off"),
        (535, "5.7.8", "auth", "defer", "ease_off about_us"),
        (550, "5.1.1", "rcpt", "fail", "hard"),
        (550, "5.1.2", "rcpt", "fail", "hard"),
        (550, "5.1.10", "rcpt", "fail", "hard"),
        (550, "5.2.1", "end_of_data", "fail", "hard"),
        (552, "5.2.2", "rcpt", "fail", ""),
        (553, "5.6.7", "mail", "fail", ""),
        (550, "5.1.8", "mail", "fail", "about_us"),
        (550, "5.1.0", "mail", "fail", "about_us"),
        (550, "5.1.1", "mail", "fail", "about_us"),
        (550, "5.7.1", "end_of_data", "fail", "ease_off about_us"),
        (550, "5.7.26", "end_of_data", "fail", "ease_off about_us"),
        (552, "5.3.4", "mail", "fail", ""),
        (550, "", "rcpt", "fail", ""),
        (554, "", "end_of_data", "fail", ""),
        (503, "5.5.1", "data", "fail", ""),
        (299, "", "data", "defer", ""),
    ],
)
def test_an_answer_has_its_consequence(code: int, enhanced: str, stage: str, kind: str, flags: str) -> None:
    verdict = judge_reply(code, enhanced, stage=stage)  # type: ignore[arg-type]
    assert verdict.kind == kind
    assert {name for name in ("hard", "ease_off", "about_us") if getattr(verdict, name)} == set(flags.split())
    assert verdict.reason


@pytest.mark.parametrize(
    ("text", "hard"),
    [
        ("User unknown", True),
        ("No such user here", True),
        ("Recipient address rejected: user not found", True),
        ("Mailbox full", False),
        ("Blocked by our policy", False),
    ],
)
def test_a_server_without_enhanced_codes_is_read(text: str, hard: bool) -> None:
    assert judge_reply(550, "", text, stage="rcpt").hard is hard
    assert judge_reply(550, "", text, stage="end_of_data").hard is False


def test_ends_without_a_code_are_judged_by_what_is_known() -> None:
    assert judge(HandOver("accepted", "end_of_data", 250)).kind == "accepted"
    assert judge(HandOver("uncertain", "end_of_data")).kind == "uncertain"
    lost = judge(HandOver("deferred", "connect"))
    assert (lost.kind, lost.ease_off) == ("defer", True)
