"""What follows from an answer: the message's next state, in one place and without side effects.

At most once or at least once is decided here, by purpose: docs/delivery.md has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from messaging.retry import Verdict, judge, next_attempt_at
from messaging.smtp import HandOver
from messaging.smtp.replies import Stage
from messaging.transports.base import Answer

# Which retry policy (messaging.retry) a purpose has.
POLICY_OF = {"marketing": "slow", "transactional": "quick", "one_to_one": "quick"}
# Sent again when nobody can say whether it arrived: two password resets are better than none.
AT_LEAST_ONCE = frozenset({"transactional"})


@dataclass(frozen=True, slots=True)
class Settled:
    """A message's next state; `delay` in seconds where it will be tried again."""

    state: str
    reason: str = ""
    words: str = ""
    delay: float = 0
    # The address is dead.
    hard: bool = False
    # The provider wants less from us.
    ease_off: bool = False


SENT = Settled("sent")


def settle(answer: Answer, *, purpose: str, attempts: int, now: datetime, seed: int = 0) -> Settled:
    """The state that an answer leads to after this many attempts. `seed` (the message's id) spreads retries."""
    if answer.outcome == "accepted":
        return SENT
    words = answer.words
    if answer.outcome == "uncertain":
        return unknown(purpose, attempts=attempts, now=now, seed=seed, words=words)
    if answer.stage == "build":
        return Settled("failed", "not_sendable", words)
    verdict = _verdict(answer)
    if verdict.kind == "fail":
        return Settled("failed", verdict.reason[:40], words, hard=verdict.hard, ease_off=verdict.ease_off)
    return _again(purpose, attempts, now, seed, verdict.reason, words, answer.retry_after, ease_off=verdict.ease_off)


def unknown(purpose: str, *, attempts: int, now: datetime, seed: int = 0, words: str = "") -> Settled:
    """The state of a message that was on its way when its worker or connection died."""
    if purpose in AT_LEAST_ONCE:
        return _again(purpose, attempts, now, seed, "perhaps sent", words, None)
    return Settled("uncertain", "no answer", words)


def _again(
    purpose: str,
    attempts: int,
    now: datetime,
    seed: int,
    reason: str,
    words: str,
    retry_after: float | None,
    *,
    ease_off: bool = False,
) -> Settled:
    due = next_attempt_at(POLICY_OF[purpose], attempts, now, seed=seed)
    if due is None:
        return Settled("failed", "gave up", words, ease_off=ease_off)
    delay = max((due - now).total_seconds(), retry_after or 0)
    return Settled("deferred", reason[:40], words, delay, ease_off=ease_off)


def _verdict(answer: Answer) -> Verdict:
    if answer.stage == "api":
        # An ESP's transport has judged already: HTTP codes are not SMTP's.
        kind: Literal["defer", "fail"] = "fail" if answer.outcome == "failed" else "defer"
        return Verdict(kind, ease_off=answer.code == 429, reason="refused" if kind == "fail" else "try again")
    stage = cast(Stage, answer.stage)
    return judge(HandOver(answer.outcome, stage, answer.code or 0, answer.enhanced, answer.text))
