"""Home: how things stand, what happened, what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.permissions import allow, user_of
from crm import dashboard
from crm.shell import address_of


@allow("any")
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    user, now = user_of(request), timezone.now()
    campaigns = dashboard.recent_campaigns(user)
    context = {
        "greeting": greeting(timezone.localtime(now).hour) % {"name": user.first_name or user.name},
        "figures": [(figure, address_of(figure.url_name)) for figure in dashboard.figures(user, now)],
        "campaigns": [(campaign, dashboard.stats_of(campaign)) for campaign in campaigns],
        "chart": dashboard.campaign_chart(campaigns),
        "happenings": dashboard.happenings(user),
        "steps": [(step, address_of(step.url_name)) for step in dashboard.first_steps(user)],
        "campaigns_url": address_of("campaigns:overview"),
        "create_url": address_of("campaigns:create"),
    }
    return render(request, "crm/home.html", context | running_context(request))


@allow("any")
def running(request: HttpRequest) -> HttpResponse:
    """What is under way, as a fragment that asks again while something is."""
    return render(request, "crm/running.html", running_context(request))


def running_context(request: HttpRequest) -> dict[str, Any]:
    """Campaigns and jobs under way."""
    sending, jobs = dashboard.under_way(user_of(request))
    return {"sending": [(campaign, dashboard.stats_of(campaign)) for campaign in sending], "jobs": jobs}


def greeting(hour: int) -> str:
    """A greeting for the hour of the reader's day, with a place for the name."""
    if hour < 5 or hour >= 18:
        return _("Good evening, %(name)s")
    return _("Good morning, %(name)s") if hour < 12 else _("Good afternoon, %(name)s")
