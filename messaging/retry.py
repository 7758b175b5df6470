"""When to try again, by named policies; and what a server's refusal means for message, address and rate."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from messaging.smtp.replies import HandOver, Stage

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds to wait after each try that was deferred; when they are used up, the message has failed."""

    name: str
    intervals: tuple[int, ...]
    reason: str


POLICIES: dict[str, RetryPolicy] = {
    policy.name: policy
    for policy in (
        RetryPolicy(
            "quick",
            (15, 60, 3 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR),
            # A password reset is worth nothing tomorrow: first tries within a minute, given up within a day.
            "somebody is waiting for it",
        ),
        RetryPolicy(
            "slow",
            (5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR) + (12 * _HOUR,) * 8,
            # RFC 5321 section 4.5.4.1: at least 30 minutes between tries is usual, and 4 to 5 days in all.
            # Greylisting lets the second or third try in, so those come sooner.
            "nobody waits for it by the minute",
        ),
        RetryPolicy("never", (), "a second try could be a second copy, or makes no sense"),
    )
}


def next_attempt_at(policy: str, attempts: int, now: dt.datetime, *, seed: int = 0) -> dt.datetime | None:
    """When the next try is due after this many tries; None when the policy gives up.

    `seed` (a message's id) spreads tries over a fifth of the interval, so that what was deferred
    together does not come back together.
    """
    intervals = POLICIES[policy].intervals
    if not 1 <= attempts <= len(intervals):
        return None
    interval = intervals[attempts - 1]
    return now + dt.timedelta(seconds=interval + interval * (seed % 97) / 97 / 5)


Kind = Literal["accepted", "defer", "fail", "uncertain"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an answer.

    `hard`: the address is dead, so it is suppressed. `ease_off`: we send too much or are not liked, so
    the route slows down. `about_us`: no message would get through until somebody mends something.
    """

    kind: Kind
    hard: bool = False
    ease_off: bool = False
    about_us: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    codes: re.Pattern[str]
    stages: frozenset[Stage]
    verdict: Verdict


_ANY: frozenset[Stage] = frozenset()
_OPENING: frozenset[Stage] = frozenset({"connect", "greeting", "ehlo", "starttls", "auth"})
_MAIL: frozenset[Stage] = frozenset({"mail"})
_RCPT: frozenset[Stage] = frozenset({"rcpt"})


def _line(pattern: str, stages: frozenset[Stage], verdict: Verdict) -> _Line:
    return _Line(re.compile(pattern), stages, verdict)


# Read from above; the first that fits counts. Matched against "code enhanced", as in "550 5.1.1".
# The enhanced codes are RFC 3463's and the IANA registry's.
_TABLE = (
    _line(r"(?:530|535|538)\b", _OPENING, Verdict("defer", ease_off=True, about_us=True, reason="login refused")),
    _line(r"421\b", _ANY, Verdict("defer", ease_off=True, reason="server is busy or closing")),
    _line(r"", _OPENING, Verdict("defer", ease_off=True, reason="no connection")),
    _line(r"4\d\d 4\.7\.\d", _ANY, Verdict("defer", ease_off=True, reason="deferred by policy or rate")),
    _line(r"4\d\d 4\.3\.[12]", _ANY, Verdict("defer", ease_off=True, reason="server has no capacity")),
    _line(r"4\d\d 4\.2\.2", _ANY, Verdict("defer", reason="mailbox is full")),
    _line(r"45[0-2]\b", _RCPT, Verdict("defer", reason="greylisted or mailbox busy")),
    _line(r"4", _ANY, Verdict("defer", reason="refused for now")),
    # At MAIL nobody has heard of the recipient yet: whatever is said of an address there is said of our sender's.
    _line(r"5\d\d 5\.(?:1\.|2\.1\b)", _MAIL, Verdict("fail", about_us=True, reason="our sender address was refused")),
    # The address: no such user, host or domain (5.1.x), or switched off (5.2.1).
    _line(r"5\d\d 5\.1\.[0-346]\b", _ANY, Verdict("fail", hard=True, reason="address does not exist")),
    _line(r"5\d\d 5\.1\.10\b", _ANY, Verdict("fail", hard=True, reason="domain takes no mail")),
    _line(r"5\d\d 5\.2\.1\b", _ANY, Verdict("fail", hard=True, reason="mailbox is switched off")),
    # 5.1.7 and 5.1.8 are about the sender's address: nothing is known of the recipient's.
    _line(r"5\d\d 5\.1\.[78]\b", _ANY, Verdict("fail", about_us=True, reason="our sender address was refused")),
    _line(r"5\d\d 5\.2\.2\b", _ANY, Verdict("fail", reason="mailbox is full")),
    _line(r"5\d\d 5\.(?:2\.3|3\.4)\b", _ANY, Verdict("fail", reason="message is too large")),
    # RFC 6531 section 3.5. Another server on the way may take it, the mailbox may well exist.
    _line(r"5\d\d 5\.6\.7\b", _ANY, Verdict("fail", reason="address needs SMTPUTF8")),
    # 5.7.x is about us: reputation, authentication, content. It must not suppress the address.
    _line(r"5\d\d 5\.7\.\d", _ANY, Verdict("fail", ease_off=True, about_us=True, reason="refused by policy")),
    _line(r"5\d\d 5\.", _ANY, Verdict("fail", reason="refused for good")),
    # Without an enhanced code only RCPT speaks of the address, and only in these two (RFC 5321 section 4.2.3).
    _line(r"55[01] ?$", _RCPT, Verdict("fail", reason="refused, the server did not say why")),
    _line(r"5", _ANY, Verdict("fail", reason="refused for good")),
)
# Servers that give no enhanced code say it in words.
_NO_SUCH_USER = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address)|(?:user|mailbox|recipient|address) "
    r"(?:not found|does(?: not|n't) exist|unknown)|mailbox unavailable: unknown|invalid (?:recipient|mailbox)",
    re.IGNORECASE,
)


def judge(hand_over: HandOver) -> Verdict:
    """What follows from how a hand-over ended."""
    if hand_over.outcome == "accepted":
        return Verdict("accepted")
    if hand_over.outcome == "uncertain":
        return Verdict("uncertain", reason="connection lost after the message was sent")
    if not hand_over.code:
        return Verdict(
            "defer", ease_off=True, reason="connection lost" if hand_over.stage != "connect" else "no connection"
        )
    return judge_reply(hand_over.code, hand_over.enhanced, hand_over.text, stage=hand_over.stage)


def judge_reply(code: int, enhanced: str, text: str = "", *, stage: Stage = "rcpt") -> Verdict:
    """What follows from a refusal with this code, at this stage."""
    if stage == "rcpt" and 550 <= code <= 553 and not enhanced and _NO_SUCH_USER.search(text):
        return Verdict("fail", hard=True, reason="address does not exist")
    written = f"{code} {enhanced}"
    for line in _TABLE:
        if (not line.stages or stage in line.stages) and line.codes.match(written):
            return line.verdict
    return Verdict("defer", reason="an answer that SMTP does not know")
