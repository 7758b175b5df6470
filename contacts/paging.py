"""Pages by key: the next page begins after the last row shown, however deep it lies. Never an OFFSET."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

PAGE_SIZE = 50


@dataclass(frozen=True)
class Order:
    """A way to sort that an index makes cheap. `by` None means by primary key alone."""

    key: str
    label: str | StrPromise
    by: Combinable | None = None
    falling: bool = False
    read: Callable[[str], Any] = str


@dataclass(frozen=True)
class Page:
    """Rows and the cursors of the pages around them; an empty cursor where there is none."""

    rows: list[Any]
    after: str = ""
    before: str = ""


def take_page(rows: QuerySet[Any], order: Order, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """The page that follows the cursor `after`, or precedes `before`; the first one for neither."""
    cursor = before or after
    backwards = bool(before)
    falling = order.falling != backwards
    if order.by is not None:
        rows = rows.annotate(sort_key=order.by)
    if cursor:
        rows = rows.filter(_beyond(cursor, order, "lt" if falling else "gt"))
    found = list(rows.order_by(*_ordering(order, falling))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    first, last = _cursor(found[0], order), _cursor(found[-1], order)
    return Page(found, after=last if more or backwards else "", before=first if (more and backwards) or after else "")


def _ordering(order: Order, falling: bool) -> list[Any]:
    """The sort key, if any, then the primary key, both the same way: one index serves both ends."""
    names = ["pk"] if order.by is None else ["sort_key", "pk"]
    return [F(name).desc() if falling else F(name).asc() for name in names]


def _beyond(cursor: str, order: Order, way: str) -> Q:
    """The rows behind a cursor. The first comparison is implied by the rest, but it is what the index can use."""
    pk_text, _, text = cursor.partition(".")
    if not pk_text.isdecimal() or len(pk_text) > 18:
        return Q(pk__in=[])
    beyond_pk = Q(**{f"pk__{way}": int(pk_text)})
    if order.by is None:
        return beyond_pk
    try:
        value = order.read(text)
    except ValueError:
        return Q(pk__in=[])
    return Q(**{f"sort_key__{way}e": value}) & (Q(**{f"sort_key__{way}": value}) | Q(sort_key=value) & beyond_pk)


def _cursor(row: Any, order: Order) -> str:
    """Where a row stands in an order."""
    return f"{row.pk}." if order.by is None else f"{row.pk}.{row.sort_key}"
