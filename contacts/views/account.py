"""Companies: their overview, one's page, a new one, deleting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from contacts.actions.accounts import AccountNameTaken, create_account, delete_account
from contacts.facts import account_facts
from contacts.forms import AccountForm
from contacts.models import Account, Contact, User
from contacts.paging import Order, take_page
from contacts.panels import record_page
from contacts.permissions import allow, user_of
from contacts.selection import COUNT_CAP

BY_NAME = Order("name", gettext_lazy("Name"), Lower("name"))
# More people than this are shown on the contacts overview.
MOST_PEOPLE = 12


def account_for_user(user: User, pk: int) -> Account:
    """The account, when this user may see it; else 404."""
    found: Account = get_object_or_404(Account.objects.visible_to(user).select_related("owner"), pk=pk)
    return found


@require_safe
@allow("contacts.view")
def accounts(request: HttpRequest) -> HttpResponse:
    """All companies by name, a page at a time, with how many people we know there."""
    user, words = user_of(request), request.GET.get("q", "").strip()
    matching = Account.objects.visible_to(user).search(words)
    shown = matching.select_related("owner")
    page = take_page(shown, BY_NAME, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "accounts": page.rows,
        "people": _people_counts(page.rows),
        "words": words,
        "total": matching.order_by()[: COUNT_CAP + 1].count(),
        "next_url": page.after and _address(words, after=page.after),
        "previous_url": page.before and _address(words, before=page.before),
    }
    is_rows = request.headers.get("HX-Target") == "companies"
    return render(request, "contacts/accounts_rows.html" if is_rows else "contacts/accounts.html", context)


def _people_counts(accounts: list[Account]) -> dict[int, int]:
    """How many contacts each of these accounts has."""
    counted = Contact.objects.filter(account__in=accounts).order_by().values("account")
    return dict(counted.annotate(people=Count("pk")).values_list("account", "people"))


def _address(words: str, **cursor: str) -> str:
    """The overview's address for a search and a page."""
    return f"{reverse('contacts:accounts')}?{urlencode({**({'q': words} if words else {}), **cursor})}"


@allow("contacts.view")
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page."""
    user = user_of(request)
    found = account_for_user(user, pk)
    people = list(found.contacts.order_by(Lower("last_name"), "pk")[: MOST_PEOPLE + 1])
    context: dict[str, Any] = {
        "account": found,
        "facts": account_facts(found),
        "page": record_page(request, "account", pk, user),
        "people": people[:MOST_PEOPLE],
        "has_more_people": len(people) > MOST_PEOPLE,
        "people_count": found.contacts.order_by()[: COUNT_CAP + 1].count(),
    }
    return render(request, "contacts/account.html", context)


@allow("contacts.edit")
def account_new(request: HttpRequest) -> HttpResponse:
    """A form for a new company, on a page of its own or in the dialog."""
    form = AccountForm(request.POST or None, initial={"owner": request.user})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        name, owner = given.pop("name"), given.pop("owner")
        try:
            made = create_account(name=name, facts=given, owner=owner, by=user_of(request))
        except AccountNameTaken:
            form.add_error("name", _("Another account has this name."))
        else:
            if request.headers.get("HX-Request"):
                return HttpResponse(headers={"HX-Redirect": made.get_absolute_url()})
            return redirect(made)
    template = "contacts/account_new_dialog.html" if request.headers.get("HX-Request") else "contacts/account_new.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@require_POST
@allow("contacts.edit")
def account_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a company; the page asks before."""
    found = account_for_user(user_of(request), pk)
    delete_account(account=found, by=user_of(request))
    messages.success(request, _("%s was deleted. Its people stay.") % found.name)
    return redirect(reverse("contacts:accounts"))
