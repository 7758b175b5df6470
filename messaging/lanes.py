"""How the outbox stands: what waits in each lane, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Sum

from messaging.models import Lane, MailingStats, Message


@dataclass(frozen=True)
class LaneState:
    """One lane: messages waiting and under way, and the time of the oldest that is due."""

    key: str
    label: str
    waiting: int
    sending: int
    oldest_due: datetime | None


@dataclass(frozen=True)
class Totals:
    """Figures over all mailings, from their counters."""

    sent: int
    failed: int
    uncertain: int
    suppressed: int


def lane_states(now: datetime) -> list[LaneState]:
    """All lanes in the order of their urgency. Reads the index of waiting messages and that of claims only."""
    waiting = Message.objects.filter(state__in=Message.WAITING).values("lane").order_by()
    counts = dict(waiting.annotate(n=Count("pk")).values_list("lane", "n"))
    due = dict(waiting.filter(not_before__lte=now).annotate(at=Min("not_before")).values_list("lane", "at"))
    under_way = Message.objects.filter(state=Message.State.SENDING).values("lane").order_by()
    sending = dict(under_way.annotate(n=Count("pk")).values_list("lane", "n"))
    return [
        LaneState(str(lane.value), str(lane.label), counts.get(lane, 0), sending.get(lane, 0), due.get(lane))
        for lane in Lane
    ]


def totals() -> Totals:
    """What became of all mail so far."""
    names = ("sent", "failed", "uncertain", "suppressed")
    found = MailingStats.objects.aggregate(**{name: Sum(name) for name in names})
    return Totals(**{name: found[name] or 0 for name in names})
