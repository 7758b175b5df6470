"""Opens and clicks on their way in: a buffer in Redis, so that a redirect costs no write to the database.

The buffer is a stream. A drain reads its oldest entries, writes them in one transaction, and deletes
them from the stream only after the commit. Killed between the two, it reads them again and finds them
written (`Hit.buffer_id` is unique): no hit is lost or counted twice, and no consumer's private list of
pending entries has to be repaired. That is why this is no consumer group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

import redis
from django.conf import settings
from django.utils import timezone

STREAM = "relay:hits"
# A wall against filling Redis when nothing drains: some 250 MB of hits. Oldest go first.
MAX_BUFFERED = 1_000_000
# An entry waits this long before it is judged, so that the other links of a scanner's burst are there too.
SETTLE_SECONDS = 4
BATCH = 2000
DRAINING = "relay:draining-hits"
# A drain that was killed is followed by the next after this time; a batch takes a second or two.
DRAIN_SECONDS = 20
# A redirect must not hang because Redis does.
REDIS_SECONDS = 0.5
MAX_AGENT = 300


@dataclass(frozen=True)
class RawHit:
    """An open or click as it came in. `buffer_id` is the stream's entry id."""

    message_id: int
    kind: str
    at: datetime
    link: int | None = None
    agent: str = ""
    network: str = ""
    head: bool = False
    buffer_id: str = ""


# Proxies and gateways ask from few addresses, again and again.
@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The /24 or /48 an address lies in: enough to judge by, not to find a person. Empty for nonsense."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network(f"{mapped}/{24 if mapped.version == 4 else 48}", strict=False))


def put(hit: RawHit) -> None:
    """Add a hit to the buffer. Raises redis.RedisError where there is no Redis."""
    _redis().xadd(STREAM, _pack(hit), maxlen=MAX_BUFFERED, approximate=True)


def settled(*, settle_seconds: float = SETTLE_SECONDS) -> list[RawHit]:
    """The oldest hits of the buffer that have lain there long enough, at most a batch. They stay there."""
    seconds, microseconds = _redis().time()
    until = int(seconds * 1000 + microseconds / 1000 - settle_seconds * 1000)
    entries: Any = _redis().xrange(STREAM, "-", str(max(until, 0)), count=BATCH)
    return [_unpack(entry_id, fields) for entry_id, fields in entries]


def forget(hits: list[RawHit]) -> None:
    """Take hits off the buffer, after they were written."""
    if hits:
        _redis().xdel(STREAM, *(hit.buffer_id for hit in hits))


def start_drain(owner: str) -> bool:
    """Whether this drain may begin: one at a time does the work of all. Only to save work, never for correctness."""
    return bool(_redis().set(DRAINING, owner, nx=True, ex=DRAIN_SECONDS))


def go_on_draining() -> None:
    """Say that the drain under way is alive."""
    _redis().expire(DRAINING, DRAIN_SECONDS)


def end_drain() -> None:
    """Let the next drain begin."""
    _redis().delete(DRAINING)


def _pack(hit: RawHit) -> dict[Any, Any]:
    return {
        "m": hit.message_id,
        "k": hit.kind,
        "t": int(hit.at.timestamp() * 1000),
        "n": "" if hit.link is None else hit.link,
        "a": hit.agent[:MAX_AGENT],
        "w": hit.network,
        "h": int(hit.head),
    }


def _unpack(entry_id: str, fields: Mapping[str, str]) -> RawHit:
    try:
        return RawHit(
            message_id=int(fields["m"]),
            kind=fields["k"],
            at=datetime.fromtimestamp(int(fields["t"]) / 1000, UTC),
            link=int(fields["n"]) if fields["n"] else None,
            agent=fields["a"],
            network=fields["w"],
            head=fields["h"] == "1",
            buffer_id=entry_id,
        )
    except (KeyError, ValueError):  # none of ours: a hit of no message, which is dropped
        return RawHit(0, "open", timezone.now(), buffer_id=entry_id)


@cache
def _redis() -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
    )
    return client
