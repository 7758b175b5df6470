"""How fast a campaign is sent, and when it will be done: from samples that its page leaves in the cache."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

# Seconds of samples that the rate is taken over: long enough to be steady, short enough to follow a pause.
WINDOW = 20.0
Sample = tuple[float, int]


@dataclass(frozen=True)
class Pace:
    """Messages a second, and seconds to go (None while unknown)."""

    per_second: float = 0.0
    seconds_left: float | None = None


def pace(samples: list[Sample], remaining: int) -> Pace:
    """The pace that samples of (seconds, messages done) show."""
    if len(samples) < 2:
        return Pace()
    (began, before), (ended, after) = samples[0], samples[-1]
    if ended <= began or after <= before:
        return Pace()
    per_second = (after - before) / (ended - began)
    return Pace(per_second, remaining / per_second)


def sample(campaign_id: int, *, now: float, done: int, remaining: int) -> Pace:
    """Remember how far a campaign is and say how fast it goes."""
    key = f"campaign-pace:{campaign_id}"
    kept: list[Sample] = [one for one in cache.get(key, []) if now - WINDOW <= one[0] < now]
    kept.append((now, done))
    cache.set(key, kept, timeout=60)
    return pace(kept, remaining)
