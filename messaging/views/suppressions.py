"""The suppression list: who gets no mail, and why."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from contacts.permissions import allow, user_of
from messaging.actions import suppress as actions
from messaging.forms.senders import LiftForm, SuppressionFilter, SuppressionForm
from messaging.models import Suppression
from messaging.paging import capped_count, page_of


@allow("messages.manage")
def overview(request: HttpRequest) -> HttpResponse:
    """The list, newest first, with search by address."""
    form = SuppressionFilter(request.GET)
    found = Suppression.objects.select_related("created_by")
    if form.is_valid():
        if words := form.cleaned_data["q"].strip():
            found = found.filter(address__icontains=words)
        if kind := form.cleaned_data["kind"]:
            found = found.filter(kind=kind)
    context = {
        "page": page_of(request, found),
        "total": capped_count(found),
        "kinds": Suppression.Kind.choices,
        "filtered": bool(request.GET.get("q") or request.GET.get("kind")),
    }
    return render(request, "messaging/suppressions.html", context)


@allow("messages.manage")
def add(request: HttpRequest) -> HttpResponse:
    """Put an address on the exclusion list; shown in a dialog."""
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.suppress(
            address=data["address"], kind=Suppression.Kind.EXCLUSION, reason=data["reason"], by=user_of(request)
        )
        messages.success(request, _("Added to the exclusion list."))
        return redirect("messaging:suppressions")
    status = 422 if form.is_bound else 200
    return render(request, "messaging/suppression_add.html", {"form": form}, status=status)


@allow("messages.manage")
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then take an entry off the list."""
    found = get_object_or_404(Suppression, pk=pk)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.lift_suppression(suppression=found, reason=form.cleaned_data["reason"], by=user_of(request))
        messages.success(request, _("Mail may go there again."))
        return redirect("messaging:suppressions")
    context = {"form": form, "suppression": found}
    return render(request, "messaging/suppression_lift.html", context, status=422 if form.is_bound else 200)
