"""Pages by key: never OFFSET, and counts that stop at a cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50
CAP = 10_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, newest first, and the addresses of the pages beside them ("" for none)."""

    rows: list[Row]
    previous_url: str
    next_url: str


def page_of(request: HttpRequest, found: QuerySet[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """The page a request asks for by `before` or `after` (ids). The filter stays in the addresses."""
    before, after = (_id(request.GET.get(name, "")) for name in ("before", "after"))
    if after is not None:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer = len(rows) > size
        rows = rows[:size][::-1]
        more_older = bool(rows)
    else:
        rows = list((found.filter(pk__lt=before) if before is not None else found).order_by("-pk")[: size + 1])
        more_older = len(rows) > size
        rows = rows[:size]
        more_newer = before is not None
    return Page(
        rows,
        _url(request, after=rows[0].pk) if rows and more_newer else "",
        _url(request, before=rows[-1].pk) if rows and more_older else "",
    )


def capped_count(found: QuerySet[Any], cap: int = CAP) -> int:
    """How many rows, counted up to one more than `cap`."""
    return found.order_by()[: cap + 1].count()


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _url(request: HttpRequest, **key: int) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in key.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
