"""Campaigns' card of the Operations page: what has paused by itself, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.vitals import paused_by_themselves
from contacts.operations import PERMISSION
from contacts.permissions import allow

SHOWN = 10


@require_safe
@allow(PERMISSION)
def paused(request: HttpRequest) -> HttpResponse:
    """Campaigns that their bounces or complaints have stopped."""
    found = paused_by_themselves().select_related("mailing__stats").order_by("-updated_at")
    return render(request, "campaigns/operations/paused.html", {"campaigns": list(found[:SHOWN])})
