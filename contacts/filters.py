"""The socket by which upper apps narrow the contacts overview: the contacts behind a figure of a report, for one.

A filter's value stands in the address (`/contacts/?mailing_opened=12`), so it can be linked to, kept and sent around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.models import User
    from contacts.querysets import ContactQuerySet


@dataclass(frozen=True)
class OverviewFilter:
    """One more filter. `apply` gets the value as it stands in the address: from anybody, so it must be checked.

    With `choices` (user → values and labels) the overview offers it as a select; without, it is only reached by
    links and shown as a chip that can be taken off. `describe` puts a value into words for that chip.
    """

    key: str
    title: str | StrPromise
    apply: Callable[[ContactQuerySet, str, User], ContactQuerySet]
    describe: Callable[[str], str] | None = None
    choices: Callable[[User], list[tuple[str, str]]] | None = None


_filters: dict[str, OverviewFilter] = {}


def register(*filters: OverviewFilter) -> None:
    """Add filters; called from an AppConfig's `ready`. A key registered again replaces the first."""
    for found in filters:
        _filters[found.key] = found


def all_filters() -> list[OverviewFilter]:
    """All filters, in the order of registration."""
    return list(_filters.values())
