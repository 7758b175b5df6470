"""The Operations page: how lanes, workers and whatever may fail stand. Cards come from the apps that own them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from redis import RedisError

from contacts import operations
from contacts.operations import PERMISSION, LaneState
from contacts.panels import inline
from contacts.permissions import allow
from crm import health

TONES = ("orange", "teal", "purple", "indigo")


@require_safe
@allow(PERMISSION)
def operations_page(request: HttpRequest) -> HttpResponse:
    """All cards, each with what it holds now; the browser then asks for each anew at its own interval."""
    cards = [
        {"panel": panel, "url": (url := reverse(panel.url_name)), "body": inline(request, url)}
        for panel in operations.panels()
    ]
    return render(request, "crm/operations/page.html", {"cards": cards})


@dataclass(frozen=True)
class ShownLane:
    """A lane with its workers. `processes` and `heartbeat` are None where Redis does not answer."""

    state: LaneState
    processes: int | None
    heartbeat: int | None


@require_safe
@allow(PERMISSION)
def lanes(request: HttpRequest) -> HttpResponse:
    """Key figures, and each lane: what waits, since when, how fast it goes, who works at it."""
    states = operations.lanes()
    try:
        processes, ages = health.processes_of(settings.LANES), health.heartbeat_ages()
        names, beat = len(health.workers()), health.beat_is_alive()
    except RedisError:
        processes, ages, names, beat = {}, {}, 0, None
    oldest = min((state.oldest_due for state in states if state.oldest_due), default=None)
    context: dict[str, Any] = {
        "lanes": [ShownLane(state, processes.get(state.key), ages.get(state.key)) for state in states],
        "is_known": beat is not None,
        "beat": beat,
        "workers": names,
        "rate": sum(state.rate or 0 for state in states),
        "waiting": sum(state.waiting for state in states if state.rate is not None or state.minutes),
        "oldest": oldest,
    }
    return render(request, "crm/operations/lanes.html", context)


@require_safe
@allow(PERMISSION)
def hour(request: HttpRequest) -> HttpResponse:
    """Messages accepted in each of the last sixty minutes, lane by lane."""
    sending = [state for state in operations.lanes() if state.minutes]
    chart = _chart(sending, timezone.localtime()) if any(sum(state.minutes) for state in sending) else None
    return render(request, "crm/operations/hour.html", {"chart": chart, "is_known": bool(sending)})


def _chart(states: list[LaneState], now: datetime) -> dict[str, Any]:
    count = max(len(state.minutes) for state in states)
    return {
        "labels": [f"{now - timedelta(minutes=count - 1 - at):%H:%M}" for at in range(count)],
        "series": [
            {"label": str(state.label), "values": state.minutes, "tone": tone}
            for state, tone in zip(states, TONES, strict=False)
        ],
        "unit": _("messages a minute"),
        "stacked": True,
    }
