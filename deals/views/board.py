"""The board: deals in columns by stage, moved by dragging or by a menu."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts.look import format_money
from contacts.permissions import allow, user_of
from deals.actions.deals import StageMoved, move_deal
from deals.board import Narrowing, cards_of, columns, totals
from deals.forms import active_users
from deals.models import Deal, Pipeline, Stage


def narrowing_of(request: HttpRequest) -> Narrowing:
    """What an address narrows deals to."""
    return Narrowing(request.GET.get("q", "").strip().replace("\0", ""), request.GET.get("owner", ""))


def number(text: str | None) -> int:
    """A row's number from a form or an address; 0, which no row has, for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def chosen_pipeline(request: HttpRequest, pipelines: list[Pipeline]) -> Pipeline | None:
    """The pipeline an address asks for, else the first."""
    wanted = number(request.GET.get("pipeline"))
    return next((found for found in pipelines if found.pk == wanted), pipelines[0] if pipelines else None)


@require_safe
@allow("deals.view")
def board(request: HttpRequest) -> HttpResponse:
    """The page."""
    user, narrowing = user_of(request), narrowing_of(request)
    pipelines = list(Pipeline.objects.all())
    pipeline = chosen_pipeline(request, pipelines)
    shown = columns(pipeline, user, narrowing) if pipeline else []
    context = {
        "pipelines": pipelines,
        "pipeline": pipeline,
        "columns": shown,
        "stages": [column.stage for column in shown],
        "narrowing": narrowing,
        "owners": active_users(),
        "query": _query(narrowing),
        "count": sum(column.total.count for column in shown),
    }
    return render(request, "deals/board.html", context)


def _query(narrowing: Narrowing) -> str:
    """A narrowing as a query string."""
    return urlencode({key: value for key, value in (("q", narrowing.words), ("owner", narrowing.owner)) if value})


@allow("deals.view")
def column(request: HttpRequest, pk: int) -> HttpResponse:
    """More cards of one column, behind `?after=`."""
    stage: Stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    narrowing = narrowing_of(request)
    cards, after = cards_of(stage, user_of(request), narrowing, number(request.GET.get("after")))
    stages = list(stage.pipeline.stages.all())
    context = {"stage": stage, "cards": cards, "after": after, "stages": stages, "query": _query(narrowing)}
    return render(request, "deals/board_cards.html", context)


@require_POST
@allow("deals.edit")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a deal `to` a stage; `?from=` is where its mover saw it. Scripts hear what became of it."""
    user = user_of(request)
    deal: Deal = get_object_or_404(Deal.objects.visible_to(user), pk=pk)
    to: Stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=number(request.POST.get("to")))
    expected = Stage.objects.filter(pk=number(request.GET.get("from"))).first()
    try:
        moved, refusal = move_deal(deal=deal, to=to, expected=expected, by=user), ""
    except StageMoved as meanwhile:
        moved, refusal = meanwhile.deal, _("Somebody else has moved or closed “%s” meanwhile.") % deal.title
    except Deal.DoesNotExist:
        raise Http404 from None
    if not _by_script(request):
        if refusal:
            messages.error(request, refusal)
        return redirect(request.headers.get("Referer") or reverse("deals:board"))
    return _tell(request, moved, to, refusal)


def _by_script(request: HttpRequest) -> bool:
    """Whether a script of ours asks, and not a plain form."""
    return bool(request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch")


def _tell(request: HttpRequest, deal: Deal, to: Stage, refusal: str) -> HttpResponse:
    """Where the deal stands now and what the columns add up to, as an event for js/board.js."""
    pipeline = to.pipeline
    detail: dict[str, Any] = {
        "deal": deal.pk,
        "stage": deal.stage_id if deal.status == Deal.Status.OPEN else None,
        "url": f"{reverse('deals:move', args=[deal.pk])}?from={deal.stage_id}",
        "refusal": refusal,
        "words": "" if refusal else _("Moved to %s") % to.name,
        "totals": [
            {"stage": total.stage, "count": total.count, "worth": format_money(total.value, pipeline.currency)}
            for total in totals(pipeline, user_of(request), narrowing_of(request)).values()
        ],
    }
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"deal-moved": detail})})
