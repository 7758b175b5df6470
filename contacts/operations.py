"""The socket by which an app shows operators how it stands: lanes, panels, metrics, examinations.

The Operations page lists the panels and fetches each from the app that owns it; /metrics and `manage.py doctor` ask all
apps. So whoever adds work that can go wrong says here how it is seen, and nobody else learns its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import connection
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrPromise
    from prometheus_client import Metric

# Who may look, and who may press the buttons (but for those that have a permission of their own).
PERMISSION = "operations.manage"


@dataclass(frozen=True)
class Panel:
    """A card of the Operations page. `url_name` answers with what stands inside the card.

    It is asked again every `seconds`: it must cost a constant number of queries whose cost does not grow with the
    tables. Nothing to show is said in one quiet line, so that the page does not jump when something comes up.
    """

    key: str
    url_name: str
    order: int
    seconds: int = 30
    # Two of these stand side by side where there is room.
    is_half: bool = False


@dataclass(frozen=True)
class LaneState:
    """How one lane's work stands. `key` is its Celery queue."""

    key: str
    label: str | StrPromise
    # How much waits, with what is under way; `at_least` says that more was not counted.
    waiting: int
    at_least: bool = False
    # When the oldest that may be done became due; what is held on purpose is not in it.
    oldest_due: datetime | None = None
    # Messages accepted per second now, and in each of the last sixty minutes; None where nothing is sent.
    rate: float | None = None
    minutes: list[int] = field(default_factory=list)
    # Processes that hold some of the work at this moment.
    holders: int = 0
    # The page that lists what is in it.
    url: str = ""

    @property
    def hour(self) -> int:
        """Messages accepted in the last hour."""
        return sum(self.minutes)


class Level(StrEnum):
    """How grave a finding is. Only problems make `manage.py doctor` end with 1."""

    OK = "ok"
    HINT = "hint"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was found: about what, in words, and what to do where something is wrong."""

    level: Level
    words: str
    remedy: str = ""


@dataclass(frozen=True)
class Examination:
    """A question that `manage.py doctor` asks. `run` answers with findings; one that is well says so too.

    `needs` names what must answer before it makes sense to ask ("database", "redis"). One that asks other people's
    servers names its `option`, and is left out unless that is given.
    """

    key: str
    title: str
    run: Callable[[], Iterable[Finding]]
    needs: frozenset[str] = frozenset({"database"})
    option: str = ""
    order: int = 50


@dataclass
class _Registry:
    panels: list[Panel] = field(default_factory=list)
    lanes: list[Callable[[], Iterable[LaneState]]] = field(default_factory=list)
    metrics: list[Callable[[], Iterable[Metric]]] = field(default_factory=list)
    examinations: dict[str, Examination] = field(default_factory=dict)


_registry = _Registry()


def register_panel(*panels: Panel) -> None:
    """Put cards on the Operations page; called from an AppConfig's `ready`, as all of these."""
    _registry.panels.extend(panel for panel in panels if panel not in _registry.panels)


def register_lanes(states: Callable[[], Iterable[LaneState]]) -> None:
    """Say how lanes stand: a few quick queries, and no count of a large table."""
    if states not in _registry.lanes:
        _registry.lanes.append(states)


def register_metrics(collect: Callable[[], Iterable[Metric]]) -> None:
    """Add to /metrics. Called for each scrape, so that any number of processes gives the same figures."""
    if collect not in _registry.metrics:
        _registry.metrics.append(collect)


def register_examination(*examinations: Examination) -> None:
    """Add to what `manage.py doctor` asks."""
    _registry.examinations |= {one.key: one for one in examinations}


def panels() -> list[Panel]:
    """The cards in their order."""
    return sorted(_registry.panels, key=lambda panel: panel.order)


def lanes() -> list[LaneState]:
    """All lanes, those of the lowest app last."""
    return [state for states in reversed(_registry.lanes) for state in states()]


def collectors() -> list[Callable[[], Iterable[Metric]]]:
    """Who has metrics."""
    return list(_registry.metrics)


def examinations() -> list[Examination]:
    """All examinations, the most basic first."""
    return sorted(_registry.examinations.values(), key=lambda one: one.order)


def ok(words: str) -> Finding:
    """A finding that nothing need be done about."""
    return Finding(Level.OK, words)


def hint(words: str, remedy: str) -> Finding:
    """A finding that should be looked at when there is time."""
    return Finding(Level.HINT, words, remedy)


def problem(words: str, remedy: str) -> Finding:
    """A finding that something is wrong now."""
    return Finding(Level.PROBLEM, words, remedy)


def database_now() -> datetime:
    """The time by the database's clock, by which everything is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)  # noqa: S101 - for the type
    return now


def answer(
    request: HttpRequest, show: Callable[[HttpRequest], HttpResponse], words: str, tone: str = "green"
) -> HttpResponse:
    """The answer to a button of a panel: the panel as it stands now, and a word about what was done.

    Without scripts the whole page is shown again.
    """
    if request.headers.get("HX-Request"):
        return trigger_client_event(show(request), "toast", {"text": words, "tone": tone})
    messages.add_message(request, messages.SUCCESS if tone == "green" else messages.WARNING, words)
    return redirect("operations")
