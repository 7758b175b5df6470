"""The socket of the global search (Ctrl-K): each app registers where its things are found.

A source is asked once per search with the words typed and answers with at most `LIMIT` items, in one query. It is only
asked when the user holds its permission, and must itself go through `visible_to(user)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.models import User

# How many of each group are shown: more than fits without scrolling helps nobody, who can type on instead.
LIMIT = 5
# A trigram index answers nothing shorter; without it every row would be read.
SHORTEST = 3


@dataclass(frozen=True)
class PaletteItem:
    """One thing found: where it is, what it is called, and a quieter second line."""

    title: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Source:
    """One group of the search. `find` gets the user and the words, trimmed and never empty."""

    key: str
    label: str | StrPromise
    icon: str
    find: Callable[[User, str], Iterable[PaletteItem]]
    permission: str = "any"
    order: int = 50


@dataclass(frozen=True)
class Found:
    """What one source answered."""

    source: Source
    items: list[PaletteItem]


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    """Add sources; called from an AppConfig's `ready`. A key registered again replaces the first."""
    for source in sources:
        _sources[source.key] = source


def sources_for(user: User) -> list[Source]:
    """The sources this user may ask, in their order."""
    allowed = (s for s in _sources.values() if s.permission == "any" or user.can(s.permission))
    return sorted(allowed, key=lambda source: source.order)


def search(user: User, words: str) -> list[Found]:
    """Ask every source this user may ask; groups that found nothing are left out."""
    asked = [Found(source, list(source.find(user, words))[:LIMIT]) for source in sources_for(user)]
    return [found for found in asked if found.items]


def find_contacts(user: User, words: str) -> list[PaletteItem]:
    """Contacts by address, name or phone."""
    from contacts.models import Contact

    if len(words) < SHORTEST:
        return []
    rows = Contact.objects.visible_to(user).search(words).select_related("account").order_by("-id")[:LIMIT]
    return [
        PaletteItem(
            row.name, row.get_absolute_url(), " · ".join(filter(None, [row.email, row.account and row.account.name]))
        )
        for row in rows
    ]


def find_accounts(user: User, words: str) -> list[PaletteItem]:
    """Accounts by name or domain."""
    from contacts.models import Account

    if len(words) < SHORTEST:
        return []
    rows = Account.objects.visible_to(user).search(words).order_by("name")[:LIMIT]
    return [PaletteItem(row.name, row.get_absolute_url(), row.domain or row.city) for row in rows]


SOURCES = (
    Source("contacts", _("Contacts"), "user", find_contacts, "contacts.view", order=10),
    Source("accounts", _("Accounts"), "building", find_accounts, "contacts.view", order=40),
)
