"""The last step to a campaign, and the buttons that start, hold and stop it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns import actions
from campaigns.audience import count_audience, list_ids_of
from campaigns.checks import blocking
from campaigns.errors import CampaignNotReady, WrongStatus
from campaigns.forms import ScheduleForm
from campaigns.models import Campaign
from campaigns.readiness import findings_of
from campaigns.tasks import ask_to_freeze
from campaigns.views.door import campaign_of, closed, refuse, steps
from campaigns.zones import zone_of
from contacts.permissions import allow, user_of
from messaging.actions.compose import MailingInvalid
from messaging.models import Lane, Provider
from messaging.tasks import nudge

Refused = (WrongStatus, CampaignNotReady, MailingInvalid)


@allow("campaigns.view")
@require_safe
def summary(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Everything about a campaign before it leaves: what it is, what the checks say, and the ways to send it."""
    campaign = campaign_of(request, campaign_id)
    if answer := closed(request, campaign):
        return answer
    return _summary(request, campaign, _schedule_form(request))


def _summary(request: HttpRequest, campaign: Campaign, form: ScheduleForm, status: int = 200) -> HttpResponse:
    list_ids, excluded_ids = list_ids_of(campaign)
    count = count_audience(list_ids, excluded_ids)
    findings = findings_of(campaign, recipients=count.recipients)
    context = {
        "campaign": campaign,
        "steps": steps(campaign, "summary"),
        "count": count,
        "findings": findings,
        "is_blocked": bool(blocking(findings)),
        "form": form,
        "zone": zone_of(user_of(request)).key,
        "scheduled_at": _said(request, campaign.scheduled_at),
        "provider": Provider.objects.filter(is_active=True, broadcast=True).first(),
    }
    return render(request, "campaigns/summary.html", context, status=status)


def _schedule_form(request: HttpRequest) -> ScheduleForm:
    zone = zone_of(user_of(request))
    if request.method == "POST":
        return ScheduleForm(request.POST, zone=zone.key)
    # Tomorrow morning: what most people mean by later.
    tomorrow = timezone.localtime(timezone.now(), zone) + timedelta(days=1)
    return ScheduleForm(initial={"on": tomorrow.date(), "at": tomorrow.replace(hour=9, minute=0).time()}, zone=zone.key)


def _said(request: HttpRequest, moment: Any) -> str:
    return date_format(timezone.localtime(moment, zone_of(user_of(request))), "l j F Y, H:i") if moment else ""


@allow("campaigns.send")
@require_POST
def start(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Send now."""
    campaign = campaign_of(request, campaign_id)
    try:
        actions.start_campaign(campaign=campaign, by=user_of(request))
    except Refused as error:
        return refuse(request, campaign, error)
    ask_to_freeze(campaign.pk)
    return redirect(campaign)


@allow("campaigns.send")
@require_POST
def schedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Send at a time in the user's zone."""
    campaign = campaign_of(request, campaign_id)
    form = _schedule_form(request)
    if not form.is_valid():
        return _summary(request, campaign, form, status=422)
    try:
        actions.schedule_campaign(campaign=campaign, at=form.cleaned_data["moment"], by=user_of(request))
    except Refused as error:
        return refuse(request, campaign, error)
    messages.success(request, _("Scheduled for %s.") % _said(request, campaign.scheduled_at))
    return redirect(campaign)


@allow("campaigns.send")
@require_POST
def test(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Send a test to the user who asks."""
    campaign = campaign_of(request, campaign_id)
    user = user_of(request)
    try:
        message = actions.send_test(campaign=campaign, by=user)
    except MailingInvalid as error:
        messages.error(request, str(error))
    else:
        nudge(message.lane)
        messages.success(request, _("A test is on its way to %s.") % user.email)
    back = "content" if request.POST.get("back") == "content" else "campaign"
    return redirect(f"campaigns:{back}", campaign.pk)


def _button(
    act: Callable[..., Any], done: Callable[[Any], str], *, wake: bool = False
) -> Callable[..., HttpResponseBase]:
    """A view that does one thing to a campaign and shows it again."""

    @allow("campaigns.send")
    @require_POST
    def view(request: HttpRequest, campaign_id: int) -> HttpResponse:
        campaign = campaign_of(request, campaign_id)
        try:
            outcome = act(campaign=campaign, by=user_of(request))
        except Refused as error:
            return refuse(request, campaign, error)
        if wake:
            nudge(Lane.CAMPAIGN)
        messages.success(request, done(outcome))
        return redirect(campaign)

    return view


def _cancelled(count: int) -> str:
    words = ngettext("Cancelled: %s message was not sent.", "Cancelled: %s messages were not sent.", count)
    return words % count


unschedule = _button(actions.unschedule_campaign, lambda _one: _("A draft again."))
pause = _button(actions.pause_campaign, lambda _one: _("Paused."))
resume = _button(actions.resume_campaign, lambda _one: _("Going on."), wake=True)
cancel = _button(actions.cancel_campaign, _cancelled)
