"""A campaign's page: the way to it while a draft, its progress and its report afterwards."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.contact_filters import KEY, value_of
from campaigns.figures import Figures
from campaigns.models import Campaign
from campaigns.outcomes import Reason, failed_otherwise, reasons, waiting
from campaigns.pace import sample
from campaigns.subjects import readable
from campaigns.timeline import timeline
from campaigns.views.door import TONES, campaign_of
from campaigns.words import merge_labels
from contacts.permissions import allow
from messaging.models import MailingLink


@allow("campaigns.view")
@require_safe
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The review of a draft, the report of everything else."""
    found = campaign_of(request, campaign_id)
    if found.status in Campaign.EDITABLE:
        return redirect("campaigns:summary", found.pk)
    return render(request, "campaigns/report.html", _report(found))


@allow("campaigns.view")
@require_safe
def progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """How far it is: a fragment that renews itself while the campaign is sending."""
    return render(request, "campaigns/parts/progress.html", _progress(campaign_of(request, campaign_id)))


@allow("campaigns.view")
@require_safe
def figures(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The figures and what follows from them: a fragment, renewed while mail is out."""
    return render(request, "campaigns/parts/figures.html", _report(campaign_of(request, campaign_id)))


def _progress(found: Campaign) -> dict[str, Any]:
    numbers = Figures.of(getattr(found.mailing, "stats", None))
    is_sending = found.status == Campaign.Status.SENDING
    open_ones = waiting(found.mailing_id) if numbers.remaining else {}
    deferred, under_way = open_ones.get("deferred", 0), open_ones.get("sending", 0)
    context = {
        "campaign": found,
        "tone": TONES[found.status],
        "figures": numbers,
        "is_sending": is_sending,
        "is_preparing": is_sending and found.audience_frozen_at is None,
        "deferred": deferred,
        "under_way": under_way,
        "queued": max(0, numbers.remaining - deferred - under_way),
    }
    if is_sending and found.audience_frozen_at:
        moment = timezone.now().timestamp()
        context["pace"] = sample(found.pk, now=moment, done=numbers.done, remaining=numbers.remaining)
    return context


def _report(found: Campaign) -> dict[str, Any]:
    numbers = _exact(found.mailing_id, Figures.of(getattr(found.mailing, "stats", None)))
    links = list(MailingLink.objects.filter(mailing=found.mailing_id))
    return {
        **_progress(found),
        "figures": numbers,
        "tiles": _tiles(found.mailing_id, numbers),
        "links": [
            (link, numbers.share(link.unique_clicks), behind("clicked", f"{found.mailing_id}:{link.number}"))
            for link in links
        ],
        "reasons": [
            (reason, _contacts(KEY, value_of(found.mailing_id, reason.state, reason.code)))
            for reason in _reasons(found.mailing_id, numbers)
        ],
        "timeline": _timeline(found.mailing_id, numbers),
        "subject": readable(found.mailing.subject, merge_labels()),
        "lists": list(found.lists.all()),
        "excluded_lists": list(found.excluded_lists.all()),
        "uncertain_url": f"{reverse('messaging:outbox')}?mailing={found.mailing_id}&state=uncertain",
    }


def _exact(mailing_id: int, numbers: Figures) -> Figures:
    """The figures with failures told from bounces, counted again only when one was added."""
    if not numbers.failed:
        return numbers
    key = f"campaign-failed:{mailing_id}:{numbers.failed}:{numbers.bounced}"
    otherwise: int | None = cache.get_or_set(key, lambda: failed_otherwise(mailing_id), 3600)
    return replace(numbers, failed_otherwise=otherwise or 0)


def _timeline(mailing_id: int, numbers: Figures) -> dict[str, Any] | None:
    """The chart's data, asked again only when a counter has moved: the query walks every opened message."""
    key = f"campaign-timeline:{mailing_id}:{numbers.opened}:{numbers.clicked}"
    found: dict[str, Any] | None = cache.get_or_set(key, lambda: timeline(mailing_id), 3600)
    return found


def _reasons(mailing_id: int, numbers: Figures) -> list[Reason]:
    """The reasons, in the same way."""
    key = f"campaign-reasons:{mailing_id}:{numbers.failed}:{numbers.suppressed}:{numbers.uncertain}"
    found: list[Reason] | None = cache.get_or_set(key, lambda: reasons(mailing_id), 3600)
    return found or []


def behind(figure: str, value: object) -> str:
    """The address of the contacts behind a figure of a mailing (the filters are messaging's)."""
    return _contacts(f"mailing_{figure}", value)


def _contacts(key: str, value: object) -> str:
    return f"{reverse('contacts:overview')}?{urlencode({key: value})}"


def _tiles(mailing_id: int, numbers: Figures) -> list[dict[str, Any]]:
    """The figures that lead to the contacts behind them, in two rows."""
    shown = (
        ("recipients", _("Recipients"), numbers.recipients, None, ""),
        ("delivered", _("Delivered"), numbers.reached, _of(numbers.reached, numbers.recipients), "green"),
        ("opened", _("Opened"), numbers.opened, numbers.open_rate, "indigo"),
        ("clicked", _("Clicked"), numbers.clicked, numbers.click_rate, "azure"),
        ("replied", _("Replied"), numbers.replied, numbers.share(numbers.replied), "purple"),
        ("unsubscribed", _("Unsubscribed"), numbers.unsubscribed, numbers.share(numbers.unsubscribed), "orange"),
        ("bounced_hard", _("Hard bounces"), numbers.bounced_hard, _of(numbers.bounced_hard, numbers.recipients), "red"),
        (
            "bounced_soft",
            _("Soft bounces"),
            numbers.bounced_soft,
            _of(numbers.bounced_soft, numbers.recipients),
            "orange",
        ),
        ("suppressed", _("Not sent to"), numbers.suppressed, _of(numbers.suppressed, numbers.recipients), "grey"),
        ("complained", _("Complaints"), numbers.complained, numbers.share(numbers.complained), "red"),
    )
    return [
        {"key": key, "label": label, "count": count, "share": share, "tone": tone, "url": behind(key, mailing_id)}
        for key, label, count, share, tone in shown
    ]


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@allow("campaigns.view")
@require_safe
def report_csv(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The report's figures and links as CSV."""
    found = campaign_of(request, campaign_id)
    report = _report(found)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{found.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow([_("Figure"), _("Number"), _("Share")])
    writer.writerows([tile["label"], tile["count"], _percent(tile["share"])] for tile in report["tiles"])
    writer.writerow([])
    writer.writerow([_("Link"), _("Unique clicks"), _("Total clicks")])
    writer.writerows(
        [_harmless(link.url), link.unique_clicks, link.total_clicks] for link, _share, _url in report["links"]
    )
    return response


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell
