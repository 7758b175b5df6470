"""Limits shared by all workers, kept in Redis: messages per second and connections, per provider.

Bulk lanes leave something of both to the lanes in which a person waits, so that a blast never holds up a
password reset. Everything goes by the clock of Redis.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any
from uuid import uuid4

import redis
from django.conf import settings

REDIS_SECONDS = 5
# A permit that is not renewed for this long belonged to a dead worker, whose connection is closed with it.
PERMIT_SECONDS = 15
# How long a provider that asked us to slow down gets half of its connections.
EASE_SECONDS = 60
# A provider that cannot be reached is left alone for this long, doubled with each further failure.
REST_SECONDS = (5, 10, 20, 40, 80, 160, 300)
# Tokens that a bulk lane leaves in the bucket, as a share of a second's worth.
RESERVE = 0.1

# KEYS: bucket. ARGV: rate per second, tokens wanted, tokens to leave. Returns tokens granted and milliseconds until
# another try makes sense. The bucket holds one second's worth.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local rate, want, leave = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(rate, tonumber(kept[1] or rate) + (now - tonumber(kept[2] or now)) * rate)
local granted = math.max(0, math.min(want, math.floor(tokens - leave)))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 60)
local missing = math.max(0, 1 + leave - (tokens - granted))
return {granted, math.ceil(missing / rate * 1000)}
"""

# KEYS: permits, ease. ARGV: limit, seconds, ids... Adds as many of the ids as there is room for and says how many.
_PERMIT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limit = tonumber(ARGV[1])
if redis.call('EXISTS', KEYS[2]) == 1 then limit = math.max(1, math.floor(limit / 2)) end
local granted = 0
for i = 3, #ARGV do
    if redis.call('ZCARD', KEYS[1]) >= limit then break end
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[i])
    granted = granted + 1
end
redis.call('EXPIRE', KEYS[1], 3600)
return granted
"""

# KEYS: permits, ease. ARGV: limit, seconds, ids... Returns those of the ids that are too many while a provider is to be
# eased. Which they are is the same for whoever asks, so that all workers together close as many as they must.
_RENEW = """
local now = tonumber(redis.call('TIME')[1])
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[i]) end
redis.call('EXPIRE', KEYS[1], 3600)
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limit = math.max(1, math.floor(tonumber(ARGV[1]) / 2))
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(all)
local surplus = {}
for i = limit + 1, #all do surplus[all[i]] = true end
local mine = {}
for i = 3, #ARGV do if surplus[ARGV[i]] then mine[#mine + 1] = ARGV[i] end end
return mine
"""


def take_tokens(provider_id: int, *, rate: int, want: int, bulk: bool) -> tuple[int, float]:
    """Take up to `want` of a provider's tokens. Returns how many, and the seconds until there is another one."""
    leave = max(1, int(rate * RESERVE)) if bulk and rate > 1 else 0
    granted, milliseconds = _script(_TAKE)(keys=[f"relay:rate:{provider_id}"], args=[rate, want, leave])
    return int(granted), int(milliseconds) / 1000


def connection_limit(max_connections: int, *, bulk: bool) -> int:
    """How many connections all workers may hold before this lane gets no more.

    Bulk lanes leave one to the others. With a limit of one, those may open a second.
    """
    return max(1, max_connections - 1) if bulk else max(2, max_connections)


def permit_seconds() -> int:
    """How long a permit lives without being renewed; never longer than a dead worker is believed alive."""
    return min(PERMIT_SECONDS, int(settings.OUTBOX_LEASE_SECONDS))


def take_permits(provider_id: int, *, max_connections: int, want: int, bulk: bool) -> list[str]:
    """Permits for up to `want` further connections; each is given back, or lapses when not renewed."""
    ids = [uuid4().hex for _ in range(want)]
    granted = _script(_PERMIT)(
        keys=[_permits(provider_id), _ease(provider_id)],
        args=[connection_limit(max_connections, bulk=bulk), permit_seconds(), *ids],
    )
    return ids[: int(granted)]


def renew_permits(provider_id: int, permits: Collection[str], *, max_connections: int, bulk: bool) -> set[str]:
    """Keep permits for another while; returns those that are too many while the provider is to be eased."""
    if not permits:
        return set()
    limit = connection_limit(max_connections, bulk=bulk)
    keys = [_permits(provider_id), _ease(provider_id)]
    return set(_script(_RENEW)(keys=keys, args=[limit, permit_seconds(), *permits]))


def give_back(provider_id: int, permits: Collection[str]) -> None:
    """A connection is closed: another worker may open one."""
    if permits:
        client().zrem(_permits(provider_id), *permits)


def ease_off(provider_id: int) -> None:
    """The provider asked for less (421, 4.7.x): half the connections for a while."""
    client().set(_ease(provider_id), 1, ex=EASE_SECONDS)


def rest(provider_id: int, *, at_least: float = 0) -> int:
    """Leave an unreachable provider alone; returns for how many seconds. `at_least`: as it asked (Retry-After)."""
    count = int(client().incr(f"relay:failures:{provider_id}"))
    client().expire(f"relay:failures:{provider_id}", 2 * REST_SECONDS[-1])
    seconds = max(REST_SECONDS[min(count, len(REST_SECONDS)) - 1], ceil(at_least))
    client().set(_resting(provider_id), 1, ex=seconds)
    return seconds


def is_well(provider_id: int) -> None:
    """The provider answers: the next failure begins with the shortest rest."""
    client().delete(f"relay:failures:{provider_id}", _resting(provider_id))


def resting(provider_ids: Collection[int]) -> set[int]:
    """Which of these providers are being left alone."""
    ids = list(provider_ids)
    found = client().mget([_resting(one) for one in ids]) if ids else []
    return {one for one, mark in zip(ids, found, strict=True) if mark}


@dataclass(frozen=True)
class Standing:
    """How a provider stands with its limits: connections held now, and for how many seconds it is spared."""

    connections: int = 0
    # It asked for less: half of the connections.
    eased_for: int = 0
    # It could not be reached: nobody tries.
    resting_for: int = 0


def standings(provider_ids: Collection[int]) -> dict[int, Standing]:
    """How these providers stand, in one round trip. Raises redis.RedisError."""
    ids = list(provider_ids)
    now = client().time()[0]
    with client().pipeline(transaction=False) as pipe:
        for one in ids:
            pipe.zcount(_permits(one), f"({now}", "+inf")
            pipe.ttl(_ease(one))
            pipe.ttl(_resting(one))
        found = [max(0, int(value)) for value in pipe.execute()]
    return {one: Standing(*found[at * 3 : at * 3 + 3]) for at, one in enumerate(ids)}


@cache
def client() -> redis.Redis:
    """This process' client for what is not on the hot path."""
    made: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
    )
    return made


@cache
def _script(source: str) -> Any:
    return client().register_script(source)


def _permits(provider_id: int) -> str:
    return f"relay:connections:{provider_id}"


def _ease(provider_id: int) -> str:
    return f"relay:ease:{provider_id}"


def _resting(provider_id: int) -> str:
    return f"relay:resting:{provider_id}"
