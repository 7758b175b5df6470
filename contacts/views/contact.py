"""A contact's page, the form for a new one, and deleting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.actions.accounts import account_for
from contacts.actions.contacts import EmailTaken, create_contact, delete_contact
from contacts.facts import contact_facts, custom_facts
from contacts.forms import ContactForm
from contacts.models import Contact, MailingList, User
from contacts.panels import record_page
from contacts.permissions import allow, user_of
from contacts.standing import best_of, standing


def contact_for(user: User, pk: int) -> Contact:
    """The contact, when this user may see it; else 404."""
    known = Contact.objects.visible_to(user).select_related("account", "owner")
    found: Contact = get_object_or_404(known, pk=pk)
    return found


def list_rows(contact: Contact) -> list[dict[str, Any]]:
    """A contact's standing on each list they are or were on."""
    subscriptions = contact.subscriptions.select_related("list").order_by("list__name")
    return [{"subscription": held, "standing": standing(held.status)} for held in subscriptions]


def side_context(contact: Contact) -> dict[str, Any]:
    """Tags and lists, which the page and the fragments after a change show alike."""
    rows = list_rows(contact)
    taken = {row["subscription"].list_id for row in rows}
    return {
        "contact": contact,
        "tags": contact.tags.order_by("name"),
        "lists": rows,
        "standing": best_of(row["subscription"].status for row in rows),
        "further_lists": [found for found in MailingList.objects.all() if found.pk not in taken],
    }


@allow("contacts.view")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page."""
    user = user_of(request)
    found = contact_for(user, pk)
    context = {
        **side_context(found),
        "facts": contact_facts(found),
        "field_groups": custom_facts(found),
        "page": record_page(request, "contact", pk, user),
    }
    return render(request, "contacts/contact.html", context)


@allow("contacts.edit")
def contact_new(request: HttpRequest) -> HttpResponse:
    """A form for a new contact, on a page of its own or in the dialog."""
    form = ContactForm(
        request.POST or None, initial={"owner": request.user, "account_name": request.GET.get("account")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = _create(form, user_of(request))
        except EmailTaken as refusal:
            form.add_error("email", _("Another contact has this address: %s") % (refusal.contact or ""))
        else:
            return _leave_for(request, made.get_absolute_url())
    template = "contacts/contact_new_dialog.html" if request.headers.get("HX-Request") else "contacts/contact_new.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


def _create(form: ContactForm, by: User) -> Contact:
    """Write the contact that a valid form describes."""
    given = dict(form.cleaned_data)
    name, owner, email = given.pop("account_name").strip(), given.pop("owner"), given.pop("email")
    account = account_for(name=name, by=by) if name else None
    return create_contact(email=email, facts=given, account=account, owner=owner, source="manual", by=by)


def _leave_for(request: HttpRequest, url: str) -> HttpResponse:
    """Go to another page, also from a dialog."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


@require_POST
@allow("contacts.edit")
def contact_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a contact; the page asks before."""
    found = contact_for(user_of(request), pk)
    delete_contact(contact=found, by=user_of(request))
    messages.success(request, _("%s was deleted.") % found.name)
    return redirect(reverse("contacts:overview"))
