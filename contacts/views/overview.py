"""The contacts overview: search, filters, columns, pages by key, and changes to many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from contacts.bulk import SLICE, BadChange, change_named, start_change
from contacts.columns import HEADS, MOST_COLUMNS, ORDERS, available, chosen, rows_of, with_columns
from contacts.filters import all_filters
from contacts.forms import active_users
from contacts.models import Account, CustomField, MailingList, Tag, User
from contacts.paging import Order, take_page
from contacts.panels import panels_for
from contacts.permissions import allow, user_of
from contacts.selection import Count, Selection
from contacts.standing import ON_NO_LIST, STANDINGS
from contacts.tasks import nudge_jobs

# A select with more tags than this helps nobody; the chosen one is always in it.
MOST_TAGS = 300


@dataclass(frozen=True)
class Chip:
    """A filter that is only reached by links: what it says, and the address without it."""

    words: str
    url: str


def order_named(key: str | None) -> Order:
    """The order with this key, newest first for any other."""
    return next((order for order in ORDERS if order.key == key), ORDERS[0])


def _address(selection: Selection, order: Order, **further: str) -> str:
    """The overview's address for a selection, an order and a page."""
    sort = {} if order is ORDERS[0] else {"sort": order.key}
    query = urlencode({**selection.values, **sort, **{key: value for key, value in further.items() if value}})
    return reverse("contacts:overview") + (f"?{query}" if query else "")


@require_safe
@allow("contacts.view")
def overview(request: HttpRequest) -> HttpResponse:
    """The page, or only its rows when a filter changes."""
    user = user_of(request)
    selection, order = Selection.read(request.GET.dict()), order_named(request.GET.get("sort"))
    columns = available(CustomField.objects.all())
    shown = chosen(user.contact_columns, columns)
    matching = with_columns(selection.contacts(user), shown)
    page = take_page(matching, order, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    of_list = selection.values.get("list", "")
    count = selection.count(user)
    context = {
        "rows": rows_of(page.rows, shown, int(of_list) if of_list.isdecimal() else 0),
        "columns": shown,
        "count": count,
        "count_words": count_words(count),
        "selection": selection,
        "order": order,
        "next_url": page.after and _address(selection, order, after=page.after),
        "previous_url": page.before and _address(selection, order, before=page.before),
        "chips": _chips(selection, order),
        "lists": MailingList.objects.all(),
        "heads": {key: _address(selection, order_named(name)) for key, name in HEADS.items()},
        "sorted_by": next((key for key, name in HEADS.items() if name == order.key), ""),
        "row_actions": panels_for("contact", "action", user),
    }
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "people":
        response = render(request, "contacts/overview_rows.html", context)
        response["HX-Push-Url"] = _address(selection, order)
    else:
        response = render(
            request, "contacts/overview.html", {**context, **_page_context(selection, shown, columns, user)}
        )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def count_words(count: Count) -> str:
    """How many there are, in words; beyond the cap only that they are more."""
    if not count.exact:
        return _("10,000+ contacts")
    return ngettext("%(n)s contact", "%(n)s contacts", count.number) % {"n": f"{count.number:,}"}


def _page_context(selection: Selection, shown: list[Any], columns: list[Any], user: User) -> dict[str, Any]:
    """What stands around the rows: the choices of the filters and of the columns."""
    keys = {column.key for column in shown}
    return {
        "orders": ORDERS,
        "standings": (*STANDINGS, ON_NO_LIST),
        "tags": _tags(selection),
        "owners": active_users(),
        "column_choices": [(column, column.key in keys) for column in columns],
        "most_columns": MOST_COLUMNS,
        "further_filters": [
            (found, found.choices(user), selection.values.get(found.key, ""))
            for found in all_filters()
            if found.choices
        ],
    }


def _tags(selection: Selection) -> list[Tag]:
    """The tags to choose from."""
    tags = list(Tag.objects.order_by("name")[:MOST_TAGS])
    chosen_tag = selection.values.get("tag", "")
    if chosen_tag.isdecimal() and len(chosen_tag) < 19 and int(chosen_tag) not in {tag.pk for tag in tags}:
        tags += list(Tag.objects.filter(pk=int(chosen_tag)))
    return tags


def _chips(selection: Selection, order: Order) -> list[Chip]:
    """Chips for the filters that have no select of their own."""
    chips = [
        Chip(f.describe(selection.values[f.key]) if f.describe else str(f.title), _without(selection, order, f.key))
        for f in all_filters()
        if not f.choices and selection.values.get(f.key)
    ]
    account = selection.values.get("account", "")
    if account:
        found = Account.objects.filter(pk=int(account)).first() if account.isdecimal() and len(account) < 19 else None
        words = _("Works at %s") % (found.name if found else "?")
        chips.append(Chip(words, _without(selection, order, "account")))
    return chips


def _without(selection: Selection, order: Order, key: str) -> str:
    """The address with one filter taken off."""
    return _address(Selection({k: value for k, value in selection.values.items() if k != key}), order)


@require_POST
@allow("contacts.view")
def columns(request: HttpRequest) -> HttpResponse:
    """Keep which columns a user wants."""
    user = user_of(request)
    known = {column.key for column in available(CustomField.objects.all())}
    user.contact_columns = [key for key in request.POST.getlist("columns") if key in known][:MOST_COLUMNS]
    user.save(update_fields=["contact_columns"])
    return redirect(_back(request))


@require_POST
@allow("contacts.bulk")
def bulk(request: HttpRequest) -> HttpResponse:
    """Change the contacts that were picked, or all that match (`all_matching`, then `query` says which)."""
    user = user_of(request)
    key = request.POST.get("do", "")
    value = request.POST.get("list" if key == "subscribe" else "tag", "")
    selection = Selection.from_query(request.POST.get("query", ""))
    try:
        change, title = change_named(key, value)
    except BadChange as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request))
    if request.POST.get("all_matching"):
        ids = list(selection.contacts(user).order_by("pk").values_list("pk", flat=True)[: SLICE + 1])
        if len(ids) > SLICE:
            job = start_change(key=key, value=value, selection=selection, by=user)
            nudge_jobs()
            return redirect(job.get_absolute_url())
    else:
        picked = [int(pk) for pk in request.POST.getlist("ids")[:SLICE] if pk.isdecimal() and len(pk) < 19]
        ids = list(Selection({}).contacts(user).filter(pk__in=picked).values_list("pk", flat=True))
    changed = change.apply(ids, value, user)
    words = ngettext("%(title)s: %(n)s contact changed.", "%(title)s: %(n)s contacts changed.", changed)
    messages.success(request, words % {"title": title, "n": f"{changed:,}"})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the form was, as long as that is one of our own pages."""
    url = request.POST.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else reverse("contacts:overview")
