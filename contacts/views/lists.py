"""Mailing lists: how many stand how on each, and who."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts.actions.lists import ListInUse, change_list, create_list, delete_list
from contacts.forms import ListForm
from contacts.models import MailingList, Subscription
from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of
from contacts.standing import STANDINGS

BY_JOINING = Order("joined", "Joined", falling=True)


@dataclass(frozen=True)
class ListTab:
    """A standing on a list."""

    label: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True)
class ShownList:
    """A list with the number of people by standing."""

    mailing_list: MailingList
    counts: dict[str, int]

    @property
    def active(self) -> int:
        """Who gets campaigns."""
        return self.counts.get("active", 0)

    @property
    def unconfirmed(self) -> int:
        """Who has not confirmed yet."""
        return self.counts.get("unconfirmed", 0)

    @property
    def unsubscribed(self) -> int:
        """Who left."""
        return self.counts.get("unsubscribed", 0)

    @property
    def bounced(self) -> int:
        """Whose mail came back."""
        return self.counts.get("bounced", 0)


def counts_by_list(**of: Any) -> dict[int, dict[str, int]]:
    """People by list and standing, in one query."""
    found: dict[int, dict[str, int]] = {}
    rows = Subscription.objects.filter(**of).order_by().values_list("list_id", "status").annotate(n=Count("pk"))
    for list_id, status, number in rows:
        found.setdefault(list_id, {})[status] = number
    return found


@require_safe
@allow("contacts.view")
def list_overview(request: HttpRequest) -> HttpResponse:
    """All lists."""
    counts = counts_by_list()
    lists = [ShownList(each, counts.get(each.pk, {})) for each in MailingList.objects.all()]
    return render(request, "contacts/lists/overview.html", {"lists": lists, "tab": "lists"})


@require_safe
@allow("contacts.view")
def list_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One list and the people on it, by standing."""
    mailing_list = get_object_or_404(MailingList, pk=pk)
    counts = counts_by_list(list=mailing_list).get(pk, {})
    status = request.GET.get("status", "active")
    status = status if status in Subscription.Status.values else "active"
    held = Subscription.objects.filter(list=mailing_list, status=status).select_related("contact")
    page = take_page(held, BY_JOINING, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    address = reverse("contacts:list", args=[pk])
    context = {
        "list": mailing_list,
        "tabs": [
            ListTab(str(each.label), f"{address}?status={each.key}", counts.get(each.key, 0), each.key == status)
            for each in STANDINGS
        ],
        "status": status,
        "page": page,
        "total": sum(counts.values()),
    }
    return render(request, "contacts/lists/list.html", context)


@allow("lists.edit")
def list_new(request: HttpRequest) -> HttpResponse:
    """Make a list."""
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = create_list(by=user_of(request), **form.cleaned_data)
        messages.success(request, _("List “%(name)s” is there.") % {"name": made.name})
        return redirect("contacts:list", made.pk)
    return render(request, "contacts/lists/form.html", {"form": form})


@allow("lists.edit")
def list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a list."""
    mailing_list = get_object_or_404(MailingList, pk=pk)
    form = ListForm(request.POST or None, instance=MailingList.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        change_list(mailing_list=mailing_list, by=user_of(request), **form.cleaned_data)
        messages.success(request, _("Saved"))
        return redirect("contacts:list", pk)
    return render(request, "contacts/lists/form.html", {"form": form, "list": mailing_list})


@require_POST
@allow("lists.edit")
def list_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a list; its people stay."""
    mailing_list = get_object_or_404(MailingList, pk=pk)
    try:
        delete_list(mailing_list=mailing_list, by=user_of(request))
    except ListInUse:
        messages.error(request, _("Something still uses this list, such as a campaign. It stays."))
        return redirect("contacts:list", pk)
    messages.success(request, _("List “%(name)s” is deleted; its people stay.") % {"name": mailing_list.name})
    return redirect("contacts:lists")
