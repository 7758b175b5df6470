"""The one door to a campaign, and what its pages share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from contacts.permissions import user_of

TONES = {
    "draft": "grey",
    "scheduled": "blue",
    "sending": "indigo",
    "paused": "orange",
    "cancelled": "red",
    "sent": "green",
}


def campaign_of(request: HttpRequest, campaign_id: int) -> Campaign:
    """The campaign with its mailing, if this user may see it; else 404."""
    rows = Campaign.objects.visible_to(user_of(request)).select_related("mailing", "mailing__stats")
    found: Campaign = get_object_or_404(rows.defer("mailing__compiled"), pk=campaign_id)
    return found


def steps(campaign: Campaign | None, current: str) -> list[dict[str, Any]]:
    """The steps to a campaign with their addresses; before it is made only the first has one."""
    names = (
        ("recipients", _("Recipients")),
        ("sender", _("Sender & subject")),
        ("content", _("Content")),
        ("summary", _("Review & send")),
    )
    order = [key for key, _label in names]
    return [
        {
            "key": key,
            "label": label,
            "url": reverse(f"campaigns:{key}", args=[campaign.pk]) if campaign else "",
            "current": key == current,
            "done": order.index(key) < order.index(current),
        }
        for key, label in names
    ]


def refuse(request: HttpRequest, campaign: Campaign, error: Exception) -> HttpResponse:
    """Say why something was not done, on the campaign's page."""
    messages.error(request, str(error))
    return redirect(campaign)


def closed(request: HttpRequest, campaign: Campaign) -> HttpResponse | None:
    """A redirect to the report for a campaign that can no longer be edited, else None."""
    return None if campaign.status in Campaign.EDITABLE else redirect(campaign)
