"""The overview of automations, and making one."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from automations import actions
from automations.forms import NameForm
from automations.models import Automation, Enrollment
from contacts.permissions import allow, user_of


@require_GET
@allow("automations.view")
def overview(request: HttpRequest) -> HttpResponse:
    """All automations with how many contacts are in each, counted in one query."""
    automations = (
        Automation.objects.visible_to(user_of(request))
        .select_related("revision")
        .annotate(
            inside=Count("enrollments", filter=Q(enrollments__state=Enrollment.State.ACTIVE)),
            through=Count("enrollments", filter=Q(enrollments__state=Enrollment.State.FINISHED)),
            failing=Count("enrollments", filter=Q(enrollments__state=Enrollment.State.FAILED)),
        )
    )
    return render(request, "automations/overview.html", {"automations": automations, "form": NameForm()})


@require_POST
@allow("automations.edit")
def create(request: HttpRequest) -> HttpResponse:
    """Make an empty draft and go to it."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return render(request, "automations/overview.html", {"automations": [], "form": form}, status=422)
    return redirect(actions.create_automation(name=form.cleaned_data["name"], by=user_of(request)))
