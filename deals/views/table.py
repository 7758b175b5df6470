"""Deals as a table, open and closed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of
from deals.board import with_card
from deals.forms import active_users
from deals.models import Deal, Pipeline
from deals.views.board import narrowing_of, number

ORDERS = (
    Order("newest", _("Newest first"), falling=True),
    Order("value", _("Highest value"), F("value"), falling=True),
    Order("title", _("Title"), F("title")),
)
# Counting stops here.
MOST_COUNTED = 10_000


@require_safe
@allow("deals.view")
def table(request: HttpRequest) -> HttpResponse:
    """The page; open deals unless `?status=` says otherwise."""
    user, narrowing = user_of(request), narrowing_of(request)
    status = request.GET.get("status", "open")
    order = next((order for order in ORDERS if order.key == request.GET.get("sort")), ORDERS[0])
    deals = narrowing.of(Deal.objects.visible_to(user))
    if status in Deal.Status.values:
        deals = deals.filter(status=status)
    if pipeline := number(request.GET.get("pipeline")):
        deals = deals.filter(pipeline=pipeline)
    page = take_page(with_card(deals), order, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "deals": page.rows,
        "count": deals.order_by()[: MOST_COUNTED + 1].count(),
        "statuses": Deal.Status.choices,
        "status": status,
        "pipelines": Pipeline.objects.all(),
        "pipeline": pipeline,
        "owners": active_users(),
        "narrowing": narrowing,
        "orders": ORDERS,
        "order": order,
        "next_url": page.after and _address(request, after=page.after),
        "previous_url": page.before and _address(request, before=page.before),
    }
    return render(request, "deals/table.html", context)


def _address(request: HttpRequest, **cursor: str) -> str:
    """This table's address with another page."""
    kept = {key: value for key, value in request.GET.dict().items() if key not in ("after", "before")}
    return f"{reverse('deals:table')}?{urlencode({**kept, **cursor})}"
