"""The board: the open deals of a pipeline by stage, a slice of each column, with the totals of all of it.

The number of queries does not grow with stages or deals: totals are one, the cards of all columns another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Prefetch, Q, Sum

from deals.models import Deal, DealContact, Pipeline, Stage

if TYPE_CHECKING:
    from contacts.models import User
    from deals.querysets import DealQuerySet

# Cards of a column before "Show more".
SLICE = 20


@dataclass(frozen=True)
class Narrowing:
    """What the board and the table are narrowed to, as it stands in the address."""

    words: str = ""
    owner: str = ""

    def of(self, deals: DealQuerySet) -> DealQuerySet:
        """The deals that fit."""
        for word in self.words.split()[:8]:
            deals = deals.filter(Q(title__icontains=word) | Q(account__name__icontains=word))
        if self.owner == "none":
            return deals.filter(owner__isnull=True)
        return deals.filter(owner=_number(self.owner)) if self.owner else deals


@dataclass(frozen=True)
class Total:
    """How many open deals a stage holds, and what they are worth in the pipeline's currency."""

    stage: int
    count: int = 0
    value: Decimal = Decimal(0)


@dataclass(frozen=True)
class BoardColumn:
    """One stage with its first cards; `after` is where "Show more" goes on, 0 when nothing is left."""

    stage: Stage
    total: Total
    cards: list[Deal] = field(default_factory=list)
    after: int = 0


def _number(text: str) -> int:
    """A row's number from an address; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def open_deals(user: User, narrowing: Narrowing) -> DealQuerySet:
    """The open deals this user may see, narrowed."""
    return narrowing.of(Deal.objects.visible_to(user).open())


def totals(pipeline: Pipeline, user: User, narrowing: Narrowing) -> dict[int, Total]:
    """The totals of all stages of a pipeline, in one query."""
    rows = open_deals(user, narrowing).filter(pipeline=pipeline).order_by().values("stage")
    summed = rows.annotate(count=Count("pk"), worth=Sum("value", filter=Q(currency=pipeline.currency)))
    return {row["stage"]: Total(row["stage"], row["count"], row["worth"] or Decimal(0)) for row in summed}


def with_card(deals: Any) -> Any:
    """Fetch what a card or a row shows, whatever their number."""
    people = DealContact.objects.filter(is_primary=True).select_related("contact")
    return deals.select_related("account", "owner", "stage").prefetch_related(
        Prefetch("deal_contacts", people, to_attr="primary_parts")
    )


def cards_of(stage: Stage, user: User, narrowing: Narrowing, after: int = 0) -> tuple[list[Deal], int]:
    """A slice of one column, newest first, and where the next begins."""
    deals = open_deals(user, narrowing).filter(stage=stage)
    if after:
        deals = deals.filter(pk__lt=after)
    found = list(with_card(deals.order_by("-pk"))[: SLICE + 1])
    return found[:SLICE], found[SLICE - 1].pk if len(found) > SLICE else 0


def columns(pipeline: Pipeline, user: User, narrowing: Narrowing) -> list[BoardColumn]:
    """Every stage of a pipeline with the first slice of its cards."""
    stages = list(pipeline.stages.all())
    if not stages:
        return []
    summed = totals(pipeline, user, narrowing)
    found = _first_slices(stages, user, narrowing)
    by_stage: dict[int, list[Deal]] = {stage.pk: [] for stage in stages}
    for deal in found:
        by_stage[deal.stage_id].append(deal)
    return [_column(stage, summed.get(stage.pk, Total(stage.pk)), by_stage[stage.pk]) for stage in stages]


def _first_slices(stages: Sequence[Stage], user: User, narrowing: Narrowing) -> list[Deal]:
    """The first cards of all stages: the ids by one union, each arm stopping early, then the rows."""
    deals = open_deals(user, narrowing)
    arms = [deals.filter(stage=stage).order_by("-pk").values_list("pk", flat=True)[: SLICE + 1] for stage in stages]
    ids = list(arms[0].union(*arms[1:], all=True) if len(arms) > 1 else arms[0])
    return list(with_card(Deal.objects.filter(pk__in=ids).order_by("-pk")))


def _column(stage: Stage, total: Total, deals: list[Deal]) -> BoardColumn:
    """A column with at most a slice of cards."""
    more = len(deals) > SLICE
    return BoardColumn(stage, total, deals[:SLICE], deals[SLICE - 1].pk if more else 0)
