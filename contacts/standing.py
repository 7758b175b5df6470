"""Where a contact stands with marketing mail, over all lists: the best of their standings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Standing:
    """A standing as people read it."""

    key: str
    label: str | StrPromise
    tone: str


# The best first: one active subscription makes a contact reachable whatever the others say.
STANDINGS = (
    Standing("active", _("Subscribed"), "green"),
    Standing("unconfirmed", _("Unconfirmed"), "yellow"),
    Standing("bounced", _("Bounced"), "red"),
    Standing("unsubscribed", _("Unsubscribed"), "grey"),
)
ON_NO_LIST = Standing("none", _("On no list"), "grey")
_BY_KEY = {standing.key: standing for standing in (*STANDINGS, ON_NO_LIST)}


def standing(key: str) -> Standing:
    """The standing of a subscription's status."""
    return _BY_KEY.get(key, ON_NO_LIST)


def best_of(statuses: Iterable[str]) -> Standing:
    """The standing over all of a contact's subscriptions."""
    held = set(statuses)
    return next((found for found in STANDINGS if found.key in held), ON_NO_LIST)
