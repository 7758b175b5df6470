"""Who takes part in a deal, changed where it stands."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from contacts.permissions import allow, user_of
from deals.actions.participants import add_contact, make_primary, remove_contact, set_role
from deals.forms import ParticipantForm
from deals.models import Deal, DealContact
from deals.views.deal import contact_at, deal_for, participants


@require_POST
@allow("deals.edit")
def participant_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a contact take part, named by address."""
    user = user_of(request)
    deal, form = deal_for(user, pk), ParticipantForm(request.POST)
    if form.is_valid():
        try:
            contact = contact_at(form.cleaned_data["contact"], user)
        except ValidationError as refusal:
            form.add_error("contact", refusal)
        else:
            add_contact(deal=deal, contact=contact, role=form.cleaned_data["role"], by=user)
            return _answer(request, deal)
    return _answer(request, deal, form)


@require_POST
@allow("deals.edit")
def participant_change(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    """`act`: primary, remove, or role (with `role`)."""
    user = user_of(request)
    deal = deal_for(user, pk)
    parts = DealContact.objects.filter(deal=deal, contact=contact_pk).select_related("contact")
    part: DealContact = get_object_or_404(parts)
    act = request.POST.get("act")
    if act == "primary":
        make_primary(deal=deal, contact=part.contact, by=user)
    elif act == "remove":
        remove_contact(deal=deal, contact=part.contact, by=user)
    elif act == "role":
        set_role(deal=deal, contact=part.contact, role=request.POST.get("role", ""), by=user)
    return _answer(request, deal)


def _answer(request: HttpRequest, deal: Deal, form: ParticipantForm | None = None) -> HttpResponse:
    """The card as it is now, or the page again where there are no scripts."""
    if request.headers.get("HX-Request"):
        context = {"deal": deal, "parts": participants(deal), "form": form}
        return render(request, "deals/participants.html", context, status=422 if form else 200)
    if form:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(deal)
