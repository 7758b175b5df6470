"""What a batch of new hits changes: first opens and clicks, and figures. Pure.

Machine hits are counted apart and mark no message. A click by a person who loaded no images counts as
an open too (PRODUCT.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Judged:
    """A hit that was new, with the verdict on it ("" for a person)."""

    message_id: int
    kind: str
    at: datetime
    link: int | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Known:
    """What was known of a message before these hits."""

    mailing_id: int
    opened: bool
    clicked: bool
    # Links that a person had clicked before.
    links: frozenset[int] = frozenset()


@dataclass
class MessageChange:
    """What becomes of one message."""

    first_open: datetime | None = None
    first_click: datetime | None = None
    first_link: int | None = None
    opens: int = 0
    clicks: int = 0


@dataclass
class Tally:
    """All changes of a batch. Counters are keyed by mailing (and link number), names are those of the columns."""

    messages: dict[int, MessageChange] = field(default_factory=lambda: defaultdict(MessageChange))
    mailings: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    links: dict[tuple[int, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def count(hits: Iterable[Judged], known: Mapping[int, Known]) -> Tally:
    """Count new hits against what was known before them. Hits of unknown messages are left out."""
    tally = Tally()
    clicked_links: dict[int, set[int]] = {}
    for hit in sorted(hits, key=lambda one: one.at):
        before = known.get(hit.message_id)
        if before is None:
            continue
        if hit.verdict:
            _count_machine(tally, before.mailing_id, hit)
        elif hit.kind == "open":
            _count_open(tally, before, hit)
        else:
            seen = clicked_links.setdefault(hit.message_id, set(before.links))
            _count_click(tally, before, hit, seen)
    return tally


def _count_machine(tally: Tally, mailing_id: int, hit: Judged) -> None:
    tally.mailings[mailing_id]["machine_opens" if hit.kind == "open" else "machine_clicks"] += 1
    if hit.link is not None:
        tally.links[mailing_id, hit.link]["machine_clicks"] += 1


def _count_open(tally: Tally, before: Known, hit: Judged) -> None:
    change, figures = tally.messages[hit.message_id], tally.mailings[before.mailing_id]
    change.opens += 1
    figures["opens_total"] += 1
    if not before.opened and change.first_open is None:
        change.first_open = hit.at
        figures["opened"] += 1


def _count_click(tally: Tally, before: Known, hit: Judged, seen: set[int]) -> None:
    change, figures = tally.messages[hit.message_id], tally.mailings[before.mailing_id]
    if not before.opened and change.first_open is None:
        _count_open(tally, before, hit)
    change.clicks += 1
    figures["clicks_total"] += 1
    if not before.clicked and change.first_click is None:
        change.first_click, change.first_link = hit.at, hit.link
        figures["clicked"] += 1
    if hit.link is None:
        return
    of_link = tally.links[before.mailing_id, hit.link]
    of_link["total_clicks"] += 1
    if hit.link not in seen:
        seen.add(hit.link)
        of_link["unique_clicks"] += 1
