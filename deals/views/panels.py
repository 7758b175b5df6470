"""What deals put on the record pages of contacts and accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Sum, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from contacts.look import format_money
from contacts.permissions import allow, user_of
from deals.board import with_card
from deals.models import Deal, Stage

# More than this are found in the table.
MOST_ROWS = 50
MOST_ON_SIDE = 5


def _deals(request: HttpRequest, **record: int) -> Any:
    """The deals of a record that this user may see."""
    return Deal.objects.visible_to(user_of(request)).filter(**record)


def _progress(deals: list[Deal]) -> list[tuple[Deal, int]]:
    """Deals with how far they have come through their pipeline, in percent."""
    pipelines = {deal.pipeline_id for deal in deals}
    places = dict(
        Stage.objects.filter(pipeline__in=pipelines)
        .annotate(place=Window(RowNumber(), partition_by="pipeline", order_by=["position", "pk"]))
        .values_list("pk", "place")
    )
    lengths = dict(
        Stage.objects.filter(pipeline__in=pipelines)
        .order_by()
        .values("pipeline")
        .annotate(n=Count("pk"))
        .values_list("pipeline", "n")
    )
    return [(deal, places.get(deal.stage_id, 0) * 100 // max(1, lengths.get(deal.pipeline_id, 1))) for deal in deals]


def _tab(request: HttpRequest, deals: Any, add_url: str) -> HttpResponse:
    """All deals of a record, open ones first."""
    rows = list(with_card(deals.order_by(F("closed_at").desc(nulls_first=True), "-pk"))[: MOST_ROWS + 1])
    context = {"deals": rows[:MOST_ROWS], "has_more": len(rows) > MOST_ROWS, "add_url": add_url}
    return render(request, "deals/tab.html", context)


def _side(request: HttpRequest, deals: Any, add_url: str) -> HttpResponse:
    """The open deals of a record, each with its way through the pipeline."""
    rows = list(deals.open().select_related("stage").order_by("-pk")[: MOST_ON_SIDE + 1])
    context = {
        "rows": _progress(rows[:MOST_ON_SIDE]),
        "has_more": len(rows) > MOST_ON_SIDE,
        "add_url": add_url,
    }
    return render(request, "deals/side.html", context)


def _figure(request: HttpRequest, deals: Any) -> HttpResponse:
    """What the open deals of a record are worth: in their currency, or only their number when these differ."""
    summed = deals.open().aggregate(
        count=Count("pk"), worth=Sum("value"), currencies=Count("currency", distinct=True), currency=Max("currency")
    )
    count = summed["count"]
    words = ngettext("%(n)s deal", "%(n)s deals", count) % {"n": count}
    worth = format_money(summed["worth"] or Decimal(0), summed["currency"] or "EUR")
    one_currency = summed["currencies"] == 1
    context = {
        "label": _("Open deals"),
        "value": worth if one_currency else words if count else "—",
        "note": words if one_currency else "",
        "tone": "azure",
    }
    return render(request, "components/figure.html", context)


@require_safe
@allow("deals.view")
def contact_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """A contact's deals."""
    return _tab(request, _deals(request, deal_contacts__contact=pk), reverse("deals:contact_add", args=[pk]))


@require_safe
@allow("deals.view")
def contact_side(request: HttpRequest, pk: int) -> HttpResponse:
    """A contact's open deals beside their facts."""
    return _side(request, _deals(request, deal_contacts__contact=pk), reverse("deals:contact_add", args=[pk]))


@require_safe
@allow("deals.view")
def contact_figure(request: HttpRequest, pk: int) -> HttpResponse:
    """What a contact's open deals are worth."""
    return _figure(request, _deals(request, deal_contacts__contact=pk))


@require_safe
@allow("deals.view")
def account_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """An account's deals."""
    return _tab(request, _deals(request, account=pk), reverse("deals:account_add", args=[pk]))


@require_safe
@allow("deals.view")
def account_side(request: HttpRequest, pk: int) -> HttpResponse:
    """An account's open deals beside its facts."""
    return _side(request, _deals(request, account=pk), reverse("deals:account_add", args=[pk]))


@require_safe
@allow("deals.view")
def account_figure(request: HttpRequest, pk: int) -> HttpResponse:
    """What an account's open deals are worth."""
    return _figure(request, _deals(request, account=pk))
