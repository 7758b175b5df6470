"""Runs: the list, one run's history, and a contact's panels."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from automations import actions
from automations.definition import Definition
from automations.forms import EnrollForm
from automations.models import Enrollment
from automations.steps import KINDS
from automations.tasks import nudge
from automations.triggers import KINDS as TRIGGER_KINDS
from automations.views.builder import automation_of
from contacts.models import Contact
from contacts.permissions import allow, user_of

PAGE = 50


def run_of(request: HttpRequest, run_id: int) -> Enrollment:
    """The run, if this user may see it; else 404."""
    seen = Enrollment.objects.visible_to(user_of(request)).select_related("automation__revision", "contact")
    found: Enrollment = get_object_or_404(seen, pk=run_id)
    return found


@require_GET
@allow("automations.view")
def runs(request: HttpRequest, automation_id: int) -> HttpResponse:
    """All runs of an automation, newest first, by state."""
    automation = automation_of(request, automation_id)
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    chosen = Enrollment.objects.filter(automation=automation)
    if state in Enrollment.State.values:
        chosen = chosen.filter(state=state)
    page = list(chosen.newest_first(int(before) if before.isdecimal() else None).select_related("contact")[: PAGE + 1])
    context = {
        "automation": automation,
        "runs": page[:PAGE],
        "next_before": page[PAGE - 1].pk if len(page) > PAGE else None,
        "state": state,
        "states": Enrollment.State.choices,
    }
    return render(request, "automations/runs.html", context)


@require_GET
@allow("automations.view")
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Every step taken, with its time and its reason."""
    run = run_of(request, run_id)
    history = [(taken, KINDS.get(taken.kind)) for taken in run.step_runs.all()[:500]]
    return render(request, "automations/run.html", {"run": run, "history": history} | _where(run))


def _where(run: Enrollment) -> dict[str, Any]:
    revision = run.automation.revision
    definition = Definition.read(revision.definition if revision else {})
    step, trigger = definition.step(run.step_id), definition.trigger(run.trigger)
    return {
        "at_step": KINDS[step.kind].describe(step.config) if step and step.kind in KINDS else "",
        "by_trigger": TRIGGER_KINDS[trigger.kind].describe(trigger.config) if trigger else "",
    }


@require_POST
@allow("automations.edit")
def end(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take the contact out."""
    run = run_of(request, run_id)
    actions.end_run(enrollment=run, by=user_of(request))
    return redirect(run)


@require_POST
@allow("automations.edit")
def retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take a failed run up again where it failed."""
    run = run_of(request, run_id)
    if actions.retry_run(enrollment=run, by=user_of(request)):
        nudge()
    return redirect(run)


@require_GET
@allow("automations.view")
def contact_tab(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The Automations tab of a contact's page."""
    return render(
        request, "automations/contact_tab.html", _of_contact(request, contact_id, 50) | {"form": EnrollForm()}
    )


@require_GET
@allow("automations.view")
def contact_side(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The automations a contact is in now, for the side column."""
    return render(request, "automations/contact_side.html", _of_contact(request, contact_id, 5))


def _of_contact(request: HttpRequest, contact_id: int, limit: int) -> dict[str, Any]:
    contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)
    mine = Enrollment.objects.filter(contact=contact).newest_first().select_related("automation")
    return {"contact": contact, "runs": mine[:limit]}


@require_POST
@allow("automations.edit")
def enroll(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Start a run by hand, for one contact."""
    contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)
    form = EnrollForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose an automation that is active."))
        return redirect(contact)
    try:
        run = actions.enroll(
            automation=form.cleaned_data["automation"], contact=contact, trigger=None, by=user_of(request)
        )
    except actions.EntryRefused as refusal:
        messages.error(request, _("Not added: %(reason)s.") % {"reason": refusal})
        return redirect(contact)
    nudge()
    messages.success(request, _("Added to %(automation)s.") % {"automation": run.automation})
    return redirect(contact)
