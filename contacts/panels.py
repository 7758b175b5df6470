"""The socket by which upper apps put panels on record pages.

A record page lists the registered panels; the browser loads each from the app that owns it, so the
ground floor renders no deal and no email and knows none of their names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
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
