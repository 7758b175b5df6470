"""Which contacts an address of the overview speaks of. Parsed once; lists, counts and bulk changes ask it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from django.db.models import Exists, OuterRef

from contacts.filters import all_filters
from contacts.models import Contact, ContactTag, Subscription
from contacts.standing import STANDINGS

if TYPE_CHECKING:
    from contacts.models import User
    from contacts.querysets import ContactQuerySet

# Counting stops here: exact up to it, an estimate beyond.
COUNT_CAP = 10_000
OWN = ("q", "list", "status", "tag", "owner", "account")


@dataclass(frozen=True)
class Count:
    """How many contacts match; beyond COUNT_CAP the planner's estimate, rounded."""

    number: int
    exact: bool


@dataclass(frozen=True)
class Selection:
    """Words and filters, as they stand in the address."""

    values: dict[str, str]

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Selection:
        """What an address says; what no filter knows is left out."""
        keys = (*OWN, *(found.key for found in all_filters()))
        return cls({key: value for key in keys if (value := str(params.get(key, "")).strip().replace("\0", ""))})

    @classmethod
    def from_query(cls, query: str) -> Selection:
        """The same from a query string, as jobs keep it."""
        return cls.read(dict(parse_qsl(query)))

    @property
    def query(self) -> str:
        """The selection as a query string."""
        return urlencode(self.values)

    def contacts(self, user: User) -> ContactQuerySet:
        """The contacts meant, of those this user may see."""
        found = Contact.objects.visible_to(user).search(self.values.get("q", ""))
        found = self._of_lists(found)
        if tag := self.values.get("tag"):
            held = ContactTag.objects.filter(contact=OuterRef("pk"), tag=_number(tag))
            found = found.filter(Exists(held))
        if owner := self.values.get("owner"):
            found = found.filter(owner__isnull=True) if owner == "none" else found.filter(owner=_number(owner))
        if account := self.values.get("account"):
            found = found.filter(account=_number(account))
        for further in all_filters():
            if value := self.values.get(further.key):
                found = further.apply(found, value, user)
        return found

    def _of_lists(self, found: ContactQuerySet) -> ContactQuerySet:
        """With a list, the status is the standing on that list; without, the best of all standings."""
        status, of_list = self.values.get("status"), self.values.get("list")
        held = Subscription.objects.filter(contact=OuterRef("pk"))
        if of_list:
            on_it = held.filter(list=_number(of_list))
            return found.filter(Exists(on_it.filter(status=status) if status else on_it))
        if not status:
            return found
        if status == "none":
            return found.filter(~Exists(held))
        better = [standing.key for standing in STANDINGS]
        if status not in better:
            return found.none()
        better = better[: better.index(status)]
        found = found.filter(Exists(held.filter(status=status)))
        return found.filter(~Exists(held.filter(status__in=better))) if better else found

    def count(self, user: User) -> Count:
        """How many match: exact as long as that is cheap."""
        found = self.contacts(user).order_by()
        counted = found[: COUNT_CAP + 1].count()
        return Count(counted, True) if counted <= COUNT_CAP else Count(_estimate(found), False)


def _number(text: str) -> int:
    """A row's number from an address; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _estimate(found: ContactQuerySet) -> int:
    """The planner's guess, to two figures, and never below what has been counted."""
    rows = int(json.loads(found.explain(format="json"))[0]["Plan"]["Plan Rows"])
    digits = max(0, len(str(rows)) - 2)
    return max(COUNT_CAP + 1, round(rows, -digits))
