"""The socket by which upper apps put panels on record pages.

A record page lists the registered panels; the browser loads each from the app that owns it, so the
ground floor renders no deal and no email and knows none of their names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.urls import resolve, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from contacts.activity import stream_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrPromise

    from contacts.models import User

Record = Literal["contact", "account", "deal"]
Place = Literal["tab", "side", "key_figure", "action"]


@dataclass(frozen=True)
class Panel:
    """A fragment on a record page.

    `url_name` is reversed with the record's id. A `tab` is loaded when opened, a `side` panel and a
    `key_figure` at once after the page, an `action` is a button or link in the header: its fragment
    is loaded into the page's dialog when pressed. `count` (record id → number) may be given for a
    tab's badge; it costs one query a page view.

    What the fragments look like: a `key_figure` is one `components/figure.html`; a `side` panel is
    what stands inside a `<section class="card">`: its `card-header` and body; a `tab` is what stands
    below the tabs (its first element brings its own padding).
    """

    key: str
    title: str | StrPromise
    record: Record
    place: Place
    url_name: str
    order: int = 50
    icon: str = ""
    permission: str = "contacts.view"
    count: Callable[[int], int] | None = None


_panels: list[Panel] = []


def register(*panels: Panel) -> None:
    """Add panels; called from an AppConfig's `ready`. Registering one twice changes nothing."""
    _panels.extend(panel for panel in panels if panel not in _panels)


def panels_for(record: Record, place: Place, user: User) -> list[Panel]:
    """The panels of a kind of record that this user may see, in their order."""
    found = [p for p in _panels if p.record == record and p.place == place and user.can(p.permission)]
    return sorted(found, key=lambda panel: panel.order)


@dataclass(frozen=True)
class Slot:
    """A panel of one record: where its fragment is, and its badge."""

    panel: Panel
    url: str
    count: int | None = None


def slots_for(record: Record, place: Place, user: User, pk: int) -> list[Slot]:
    """The panels of this record that this user may see, with their addresses and counts."""
    return [
        Slot(panel, reverse(panel.url_name, args=[pk]), panel.count(pk) if panel.count else None)
        for panel in panels_for(record, place, user)
    ]


def inline(request: HttpRequest, url: str) -> SafeString:
    """A fragment, got from the view that owns it, so that the open tab comes with its page, scripts or not."""
    match = resolve(url)
    response = match.func(request, *match.args, **match.kwargs)
    # Views escape what they render; a fragment is markup by contract.
    return mark_safe(response.content.decode() if response.status_code == 200 else "")  # noqa: S308


# A badge says "999+" from here on: counting on would cost more than it tells.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Tab:
    """One tab of a record page. `url` is its address, `fragment` what is loaded into the page."""

    key: str
    label: str | StrPromise
    url: str
    fragment: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class RecordPage:
    """The parts of one record's page that one user sees."""

    actions: list[Slot]
    figures: list[Slot]
    sides: list[Slot]
    tabs: list[Tab]
    body: SafeString


def record_page(request: HttpRequest, record: Record, pk: int, user: User) -> RecordPage:
    """Put a page together. `?tab=` opens a panel's tab; its fragment then comes with the page, scripts or not."""
    slots = slots_for(record, "tab", user, pk)
    opened = next((slot for slot in slots if slot.panel.key == request.GET.get("tab")), None)
    stream = reverse("contacts:stream", args=[record, pk])
    entries = stream_of(record, pk, user)
    count = entries.order_by()[:MOST_COUNTED].count() if entries is not None else 0
    tabs = [Tab("activity", _("Activity"), request.path, stream, count, opened is None)] + [
        Tab(s.panel.key, s.panel.title, f"{request.path}?tab={s.panel.key}", s.url, s.count, s is opened) for s in slots
    ]
    return RecordPage(
        actions=slots_for(record, "action", user, pk),
        figures=slots_for(record, "key_figure", user, pk),
        sides=slots_for(record, "side", user, pk),
        tabs=tabs,
        body=inline(request, opened.url if opened else stream),
    )
