"""Tags and lists on a contact's page, changed where they stand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.actions.lists import subscribe, unsubscribe
from contacts.actions.tags import InvalidTag, add_tag, remove_tag
from contacts.models import Contact, MailingList
from contacts.permissions import allow, user_of
from contacts.views.contact import contact_for, side_context


@require_POST
@allow("contacts.edit")
def contact_tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a tag on a contact (`name`)."""
    contact = contact_for(user_of(request), pk)
    error = ""
    try:
        add_tag(contact=contact, name=request.POST.get("name", ""), by=user_of(request))
    except InvalidTag:
        error = _("A tag has 1 to 100 visible characters.")
    return _answer(request, contact, "contacts/record/tags.html", error)


@require_POST
@allow("contacts.edit")
def contact_untag(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tag off a contact (`name`)."""
    contact = contact_for(user_of(request), pk)
    remove_tag(contact=contact, name=request.POST.get("name", ""), by=user_of(request))
    return _answer(request, contact, "contacts/record/tags.html")


@require_POST
@allow("contacts.edit")
def contact_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a contact on a list or take them off (`list`, `act`: subscribe or unsubscribe).

    Somebody on the team presses this button for this one person, on their word: it counts as an explicit act.
    """
    contact = contact_for(user_of(request), pk)
    mailing_list = get_object_or_404(MailingList, pk=_number(request.POST.get("list", "")))
    if request.POST.get("act") == "unsubscribe":
        unsubscribe(contact=contact, mailing_list=mailing_list, by=user_of(request), reason="staff")
    else:
        subscribe(contact=contact, mailing_list=mailing_list, by=user_of(request), source="staff", force=True)
    return _answer(request, contact, "contacts/record/lists.html")


def _number(text: str) -> int:
    """A row's number from a form; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _answer(request: HttpRequest, contact: Contact, template: str, error: str = "") -> HttpResponse:
    """The card as it is now, or the page again where there are no scripts."""
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        return redirect(contact)
    context = {**side_context(contact), "error": error, "oob": "contacts/contact_id.html"}
    return render(request, template, context, status=422 if error else 200)
