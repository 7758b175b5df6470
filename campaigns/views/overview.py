"""All campaigns: what state they are in, how far and how well."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from campaigns.figures import Figures
from campaigns.models import Campaign
from campaigns.querysets import CampaignQuerySet
from campaigns.subjects import readable
from campaigns.views.door import TONES, campaign_of
from campaigns.words import merge_labels
from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of

NEWEST_FIRST = Order("newest", "", None, falling=True)
SIZE = 25


@allow("campaigns.view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Campaigns, newest first, by status and words; pages by key."""
    status = request.GET.get("status", "")
    words = request.GET.get("q", "").strip()
    every = Campaign.objects.visible_to(user_of(request))
    rows = every.search(words)
    if status in Campaign.Status.values:
        rows = rows.filter(status=status)
    page = take_page(
        _for_rows(rows),
        NEWEST_FIRST,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=SIZE,
    )
    counts = dict(every.order_by().values_list("status").annotate(n=Count("pk")))
    labels = merge_labels()
    kept = {"q": words, "status": status}
    context = {
        "rows": [_row(campaign, labels) for campaign in page.rows],
        "statuses": _statuses(counts, status, words),
        "words": words,
        "status": status,
        "next_url": _address(kept, after=page.after),
        "previous_url": _address(kept, before=page.before),
        "total": sum(counts.values()),
        "count_words": ngettext("%s campaign", "%s campaigns", len(page.rows)) % len(page.rows),
        "is_live": any(campaign.status == Campaign.Status.SENDING for campaign in page.rows),
    }
    template = "campaigns/parts/rows.html" if request.htmx.target == "campaign-rows" else "campaigns/overview.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@allow("campaigns.view")
@require_safe
def row(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One row of the overview, which renews itself while its campaign is sending."""
    return render(request, "campaigns/parts/row.html", {"row": _row(campaign_of(request, campaign_id), merge_labels())})


def _for_rows(rows: CampaignQuerySet) -> CampaignQuerySet:
    heavy = ("mailing__html", "mailing__text", "mailing__blocks", "mailing__compiled")
    return rows.select_related("mailing", "mailing__stats").prefetch_related("lists").defer(*heavy)


def _row(campaign: Campaign, labels: dict[str, str]) -> dict[str, Any]:
    figures = Figures.of(getattr(campaign.mailing, "stats", None))
    lists = [found.name for found in campaign.lists.all()]
    return {
        "campaign": campaign,
        "figures": figures,
        "subject": readable(campaign.mailing.subject, labels),
        "tone": TONES[campaign.status],
        "is_sending": campaign.status == Campaign.Status.SENDING,
        "lists": ", ".join(lists[:2]) + (f" +{len(lists) - 2}" if len(lists) > 2 else ""),
        "was_started": campaign.started_at is not None,
    }


def _statuses(counts: dict[str, int], chosen: str, words: str) -> list[dict[str, Any]]:
    choices = [("", _("All"), sum(counts.values()))]
    choices += [(value, str(label), counts.get(value, 0)) for value, label in Campaign.Status.choices]
    return [
        {
            "label": label,
            "count": count,
            "current": value == chosen,
            "url": _address({"q": words, "status": value}) or "?",
        }
        for value, label, count in choices
        if count or not value or value == chosen
    ]


def _address(kept: dict[str, str], **cursor: str) -> str:
    if cursor and not any(cursor.values()):
        return ""
    return "?" + urlencode({key: value for key, value in {**kept, **cursor}.items() if value})
