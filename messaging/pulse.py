"""What was answered lately, per lane and provider: counts kept in Redis for two hours, by Redis' clock.

The workers add to them once a batch of committed marks, so the figures cost a blast one command a batch and
the database nothing. They are for people and alarms: an emptied Redis loses them and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import redis
import structlog

from messaging import rates

if TYPE_CHECKING:
    from messaging.outbox.mark import Mark

log = structlog.get_logger(__name__)

# Rates of this moment are read from small buckets, the last hour from large ones.
FINE_SECONDS, MINUTE = 10, 60
FINE_KEPT, MINUTES_KEPT = 120, 2 * 3600
# A server's words are counted in pieces of the hour of this size, and only so many different ones in each.
WORDS_SECONDS, MOST_WORDS, LONGEST_WORDS = 600, 100, 160
# "Now" is the bucket that is being filled and this many before it.
NOW_BUCKETS = 2
TOTALS = "relay:pulse:total"

# ARGV: how many counts there are, then a field and a number for each; then provider, words and number for each of the
# servers' words. Keys follow from the clock of Redis, so they are made here.
_ADD = f"""
local now = tonumber(redis.call('TIME')[1])
local fine = 'relay:pulse:{FINE_SECONDS}:' .. (now - now % {FINE_SECONDS})
local minute = 'relay:pulse:{MINUTE}:' .. (now - now % {MINUTE})
local counts = tonumber(ARGV[1])
for i = 2, counts * 2, 2 do
    redis.call('HINCRBY', fine, ARGV[i], ARGV[i + 1])
    redis.call('HINCRBY', minute, ARGV[i], ARGV[i + 1])
    redis.call('HINCRBY', '{TOTALS}', ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', fine, {FINE_KEPT})
redis.call('EXPIRE', minute, {MINUTES_KEPT})
for i = counts * 2 + 2, #ARGV, 3 do
    local key = 'relay:pulse:words:' .. ARGV[i] .. ':' .. (now - now % {WORDS_SECONDS})
    if redis.call('ZCARD', key) < {MOST_WORDS} or redis.call('ZSCORE', key, ARGV[i + 1]) then
        redis.call('ZINCRBY', key, ARGV[i + 2], ARGV[i + 1])
        redis.call('EXPIRE', key, {MINUTES_KEPT})
    end
end
return counts
"""

# What differs from recipient to recipient and from second to second says nothing about the server.
_ADDRESS = re.compile(r"<[^<>\s]*@[^<>\s]*>|[^\s<>()\[\]\"']+@[^\s<>()\[\]\"',;]+")
_QUEUE_ID = re.compile(r"\b(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w.-]{8,}")


@dataclass(frozen=True, slots=True)
class Count:
    """How often something came of a message: its lane, its provider, the outcome and the code of the answer.

    `outcome` is accepted, deferred, failed or uncertain where a provider answered; unsendable where we could not build
    the message; suppressed where it must not be sent. `code` is 0 where no server spoke.
    """

    lane: str
    provider_id: int
    outcome: str
    code: int
    count: int


def note(lane: str, marks: Sequence[Mark]) -> None:
    """Add what became of these messages, whose marks are committed. Without Redis they are not counted."""
    counts: Counter[tuple[int, str, int]] = Counter()
    words: Counter[tuple[int, str]] = Counter()
    for mark in marks:
        finish = mark.finish
        if finish is None:
            if mark.settled.state in ("suppressed", "failed", "uncertain"):
                state = "unsendable" if mark.settled.state == "failed" else mark.settled.state
                counts[mark.provider_id or 0, state, 0] += 1
            continue
        answer = finish.answer
        outcome = "unsendable" if answer.stage == "build" else answer.outcome
        counts[mark.provider_id or 0, outcome, answer.code or 0] += 1
        if answer.outcome != "accepted" and answer.stage != "build":
            words[mark.provider_id or 0, _without_details(f"{answer.code or ''} {answer.enhanced} {answer.text}")] += 1
    if counts:
        _add(lane, counts, words)


def _add(lane: str, counts: Counter[tuple[int, str, int]], words: Counter[tuple[int, str]]) -> None:
    arguments: list[str | int] = [len(counts)]
    for (provider_id, outcome, code), count in counts.items():
        arguments += [f"{lane}:{provider_id}:{outcome}:{code}", count]
    for (provider_id, text), count in words.most_common(MOST_WORDS):
        arguments += [provider_id, text, count]
    try:
        _script()(args=arguments)
    except redis.RedisError as error:
        log.warning("pulse_not_counted", lane=lane, error=type(error).__name__)


def _without_details(words: str) -> str:
    """A server's words without addresses and queue ids, so that the same refusal reads the same for everybody."""
    short = _QUEUE_ID.sub("…", _ADDRESS.sub("…", " ".join(words.split())))
    return short if len(short) <= LONGEST_WORDS else short[: LONGEST_WORDS - 1] + "…"


@cache
def _script() -> Any:
    return rates.client().register_script(_ADD)


@dataclass(frozen=True)
class Pulse:
    """The counts of the last hour, minute by minute (the oldest first), and those of the last seconds."""

    minutes: list[list[Count]]
    recent: list[Count]
    # How many seconds `recent` is about.
    seconds: float

    @property
    def hour(self) -> Iterator[Count]:
        """All counts of the last hour."""
        return (count for minute in self.minutes for count in minute)

    def rate(self, *, lane: str | None = None, provider_id: int | None = None) -> float:
        """Messages accepted per second now, of a lane or a provider."""
        wanted = (
            one.count
            for one in self.recent
            if one.outcome == "accepted" and lane in (None, one.lane) and provider_id in (None, one.provider_id)
        )
        return sum(wanted) / self.seconds


def read() -> Pulse:
    """The last hour. Raises redis.RedisError."""
    client = rates.client()
    seconds, micros = client.time()
    fine, minute = seconds - seconds % FINE_SECONDS, seconds - seconds % MINUTE
    with client.pipeline(transaction=False) as pipe:
        for back in range(NOW_BUCKETS, -1, -1):
            pipe.hgetall(f"relay:pulse:{FINE_SECONDS}:{fine - back * FINE_SECONDS}")
        for back in range(59, -1, -1):
            pipe.hgetall(f"relay:pulse:{MINUTE}:{minute - back * MINUTE}")
        found = [list(_counts(one)) for one in pipe.execute()]
    recent = [count for bucket in found[: NOW_BUCKETS + 1] for count in bucket]
    return Pulse(found[NOW_BUCKETS + 1 :], recent, NOW_BUCKETS * FINE_SECONDS + seconds % FINE_SECONDS + micros / 1e6)


def totals() -> list[Count]:
    """All counts since this Redis was empty. Raises redis.RedisError."""
    return list(_counts(rates.client().hgetall(TOTALS)))


def most_frequent_words(provider_ids: Iterable[int], *, most: int = 3) -> dict[int, list[tuple[str, int]]]:
    """What each provider's server said most often in about the last hour when it did not accept, with how often.

    Raises redis.RedisError.
    """
    client, ids = rates.client(), list(provider_ids)
    seconds = client.time()[0]
    now = seconds - seconds % WORDS_SECONDS
    pieces = [now - back for back in range(0, 3600 + 1, WORDS_SECONDS)]
    with client.pipeline(transaction=False) as pipe:
        for provider_id in ids:
            pipe.zunion([f"relay:pulse:words:{provider_id}:{piece}" for piece in pieces], withscores=True)
        found = pipe.execute()
    return {one: [(text, int(n)) for text, n in reversed(said)][:most] for one, said in zip(ids, found, strict=True)}


def _counts(fields: Any) -> Iterator[Count]:
    for field, count in fields.items():
        lane, provider_id, outcome, code = field.split(":")
        yield Count(lane, int(provider_id), outcome, int(code), int(count))
