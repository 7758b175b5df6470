"""A deal's page, the form for a new one, and what its buttons do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.actions.accounts import account_for
from contacts.inplace import edit_fact, fact_named
from contacts.models import Account, Contact, User
from contacts.panels import record_page
from contacts.permissions import allow, user_of
from deals.actions import deals as actions
from deals.facts import deal_facts
from deals.forms import DealForm, LossForm, deal_fact_field
from deals.models import Deal
from deals.views.board import number

TONES = {"open": "indigo", "won": "green", "lost": "red"}


def deal_for(user: User, pk: int) -> Deal:
    """The deal, when this user may see it; else 404."""
    known = Deal.objects.visible_to(user).select_related("account", "owner", "stage", "pipeline")
    found: Deal = get_object_or_404(known, pk=pk)
    return found


def track(deal: Deal) -> list[dict[str, Any]]:
    """The stages of a deal's pipeline, each with its place before or after the one it is in."""
    stages = list(deal.pipeline.stages.all())
    here = next((place for place, stage in enumerate(stages) if stage.pk == deal.stage_id), -1)
    return [
        {"stage": stage, "is_done": place < here, "is_current": place == here} for place, stage in enumerate(stages)
    ]


def head_context(deal: Deal) -> dict[str, Any]:
    """What the head of the page shows, also after a fact was changed."""
    return {"deal": deal, "tone": TONES[deal.status], "track": track(deal)}


@allow("deals.view")
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page."""
    user = user_of(request)
    found = deal_for(user, pk)
    context = {
        **head_context(found),
        "facts": deal_facts(found),
        "page": record_page(request, "deal", pk, user),
        "parts": participants(found),
    }
    return render(request, "deals/deal.html", context)


def participants(deal: Deal) -> list[Any]:
    """Who takes part, the primary contact first."""
    return list(deal.deal_contacts.select_related("contact").order_by("-is_primary", "pk"))


@allow("deals.edit")
def deal_new(request: HttpRequest, contact: int = 0, account: int = 0) -> HttpResponse:
    """A form for a new deal, on a page of its own or in the dialog, with the contact or account it was opened from."""
    form = DealForm(request.POST or None, initial=_initial(request, contact, account))
    if request.method == "POST" and form.is_valid():
        try:
            made = _create(form, user_of(request))
        except ValidationError as refusal:
            form.add_error("contact", refusal)
        else:
            return _leave(request, made)
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "deals/deal_new_dialog.html" if is_fragment else "deals/deal_new.html"
    back = request.GET.get("back") or request.POST.get("back", "")
    return render(request, template, {"form": form, "back": back}, status=422 if form.errors else 200)


def _initial(request: HttpRequest, contact: int, account: int) -> dict[str, Any]:
    """What the address already says of a new deal."""
    user = user_of(request)
    person = Contact.objects.visible_to(user).filter(pk=contact).first()
    company = Account.objects.visible_to(user).filter(pk=account).first()
    return {
        "owner": user,
        "stage": number(request.GET.get("stage")) or None,
        "contact": person.email if person else "",
        "account": company.name if company else "",
    }


def contact_at(address: str, user: User) -> Contact:
    """The contact with an address. Raises ValidationError when there is none."""
    found: Contact | None = Contact.objects.visible_to(user).with_email(address).first()
    if found is None:
        raise ValidationError(_("No contact has this address."))
    return found


def _create(form: DealForm, by: User) -> Deal:
    """Write the deal that a valid form describes. Raises ValidationError for an unknown contact."""
    given = form.cleaned_data
    contact = contact_at(given["contact"], by) if given["contact"] else None
    account = account_for(name=given["account"], by=by) if given["account"].strip() else None
    facts: actions.DealFacts = {"value": given["value"], "owner": given["owner"], "account": account}
    facts["expected_close_on"] = given["expected_close_on"]
    return actions.create_deal(title=given["title"], stage=given["stage"], contact=contact, facts=facts, by=by)


def _leave(request: HttpRequest, made: Deal) -> HttpResponse:
    """To the new deal, or where the dialog was opened (`back`)."""
    stay = request.POST.get("back") == "board"
    if not request.headers.get("HX-Request"):
        return redirect(reverse("deals:board") if stay else made.get_absolute_url())
    return HttpResponse(headers={"HX-Refresh": "true"} if stay else {"HX-Redirect": made.get_absolute_url()})


@allow("deals.edit")
def deal_fact(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show, edit or set one fact of a deal."""
    user = user_of(request)
    found = deal_for(user, pk)
    fact = fact_named(deal_facts(found), key)
    if fact is None:
        raise Http404

    def save(value: Any) -> dict[str, Any]:
        _save_fact(found, key, value, user)
        fresh = deal_for(user, pk)
        return {**head_context(fresh), "fact": fact_named(deal_facts(fresh), key), "oob": "deals/deal_id.html"}

    initial = {"owner": found.owner_id, "value": found.value, "expected_close_on": found.expected_close_on}
    return edit_fact(request, fact, deal_fact_field(key), initial.get(key, fact.text), save)


def _save_fact(deal: Deal, key: str, value: Any, by: User) -> None:
    """Write one fact by the action that owns it."""
    if key == "value":
        actions.set_value(deal=deal, value=value or Decimal(0), by=by)
    elif key == "owner":
        actions.set_deal_owner(deal=deal, owner=value, by=by)
    elif key == "account":
        account = account_for(name=value, by=by) if value.strip() else None
        actions.update_deal(deal=deal, field="account", value=account, by=by)
    else:
        actions.update_deal(deal=deal, field=key, value=value, by=by)


@require_POST
@allow("deals.edit")
def win(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a deal as won."""
    actions.win_deal(deal=deal_for(user_of(request), pk), by=user_of(request))
    return redirect("deals:deal", pk)


@allow("deals.edit")
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then close a deal as lost."""
    found = deal_for(user_of(request), pk)
    form = LossForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.lose_deal(deal=found, reason=form.cleaned_data["reason"], by=user_of(request))
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": found.get_absolute_url()})
        return redirect(found)
    template = "deals/lose_dialog.html" if request.headers.get("HX-Request") else "deals/lose.html"
    return render(request, template, {"form": form, "deal": found}, status=422 if form.errors else 200)


@require_POST
@allow("deals.edit")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed deal again."""
    actions.reopen_deal(deal=deal_for(user_of(request), pk), by=user_of(request))
    return redirect("deals:deal", pk)


@require_POST
@allow("deals.edit")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a deal; the page asks before."""
    found = deal_for(user_of(request), pk)
    actions.delete_deal(deal=found, by=user_of(request))
    messages.success(request, _("%s was deleted. Its contacts stay.") % found.title)
    return redirect("deals:board")
