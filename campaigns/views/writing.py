"""The first steps to a campaign: whom it goes to, in whose name, and what the inbox shows; copies and deletion."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import actions
from campaigns.audience import count_audience
from campaigns.errors import WrongStatus
from campaigns.forms import AudienceForm, SenderForm, audience_initial, sender_initial
from campaigns.models import Campaign
from campaigns.views.door import campaign_of, closed, refuse, steps
from campaigns.words import merge_menu
from contacts.models import Organization
from contacts.permissions import allow, user_of
from messaging.senders import verified_addresses, verified_domains


@allow("campaigns.edit")
def create(request: HttpRequest) -> HttpResponse:
    """Name a new campaign and choose its lists; the draft is made when they are given."""
    form = AudienceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = user_of(request)
        campaign = actions.create_campaign(name=form.cleaned_data["name"], by=user)
        actions.update_campaign(campaign=campaign, details=form.details(), by=user)
        return redirect("campaigns:sender", campaign.pk)
    return _audience_page(request, form, None)


@allow("campaigns.edit")
def recipients(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Step one of a campaign that is there already."""
    campaign = campaign_of(request, campaign_id)
    if answer := closed(request, campaign):
        return answer
    form = AudienceForm(request.POST or None, initial=audience_initial(campaign))
    if request.method == "POST" and form.is_valid():
        return _save(request, campaign, form.details(), "campaigns:sender")
    return _audience_page(request, form, campaign)


def _audience_page(request: HttpRequest, form: AudienceForm, campaign: Campaign | None) -> HttpResponse:
    chosen = [
        [int(getattr(one, "pk", one)) for one in form[name].value() or []] for name in ("lists", "excluded_lists")
    ]
    context = {
        "form": form,
        "campaign": campaign,
        "steps": steps(campaign, "recipients"),
        "count": count_audience(*chosen),
        "has_lists": form.fields["lists"].queryset.exists(),  # type: ignore[attr-defined]
    }
    return render(request, "campaigns/recipients.html", context)


@allow("campaigns.edit")
@require_safe
def audience(request: HttpRequest) -> HttpResponse:
    """How many would get a mailing to the lists chosen so far: a fragment beside the choice."""
    chosen = [
        [int(value) for value in request.GET.getlist(name) if value.isdecimal() and len(value) < 18]
        for name in ("lists", "excluded_lists")
    ]
    return render(request, "campaigns/parts/audience.html", {"count": count_audience(*chosen)})


@allow("campaigns.edit")
def sender(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Step two: subject, preheader, From and reply-to."""
    campaign = campaign_of(request, campaign_id)
    if answer := closed(request, campaign):
        return answer
    form = SenderForm(request.POST or None, initial=sender_initial(campaign))
    if request.method == "POST" and form.is_valid():
        return _save(request, campaign, form.details(), "campaigns:content")
    organization = Organization.current()
    context = {
        "form": form,
        "campaign": campaign,
        "steps": steps(campaign, "sender"),
        "addresses": verified_addresses(),
        "domains": verified_domains(),
        "organization": organization,
        "merge": merge_menu(links=False),
    }
    return render(request, "campaigns/sender.html", context)


def _save(request: HttpRequest, campaign: Campaign, details: actions.Details, onwards: str) -> HttpResponse:
    try:
        actions.update_campaign(campaign=campaign, details=details, by=user_of(request))
    except WrongStatus as error:
        return refuse(request, campaign, error)
    if request.POST.get("next") == "later":
        messages.success(request, _("Saved as a draft."))
        return redirect("campaigns:overview")
    return redirect(onwards, campaign.pk)


@allow("campaigns.edit")
@require_POST
def duplicate(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Make a copy and open it."""
    copy = actions.duplicate_campaign(campaign=campaign_of(request, campaign_id), by=user_of(request))
    messages.success(request, _("This is the copy, a draft."))
    return redirect("campaigns:recipients", copy.pk)


@allow("campaigns.edit")
@require_POST
def delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Delete a draft."""
    campaign = campaign_of(request, campaign_id)
    try:
        actions.delete_campaign(campaign=campaign, by=user_of(request))
    except WrongStatus as error:
        return refuse(request, campaign, error)
    messages.success(request, _("The draft “%s” was deleted.") % campaign.name)
    return redirect("campaigns:overview")
