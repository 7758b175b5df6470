"""The builder: an automation's page with its triggers and steps, and what changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from automations import actions
from automations.definition import Definition, Step, Trigger, new_id
from automations.forms import NameForm
from automations.models import Automation, Enrollment
from automations.steps import KINDS
from automations.tasks import nudge
from automations.triggers import KINDS as TRIGGER_KINDS
from automations.views.figures import run_figures, waiting_by_step
from contacts.permissions import allow, user_of


@dataclass(frozen=True)
class Row:
    """A step or trigger as the builder shows it."""

    id: str
    kind: Any
    words: str
    runs: str = ""
    waiting: int = 0
    problems: tuple[str, ...] = ()


def automation_of(request: HttpRequest, automation_id: int) -> Automation:
    """The automation, if this user may see it; else 404."""
    seen = Automation.objects.visible_to(user_of(request)).select_related("revision")
    found: Automation = get_object_or_404(seen, pk=automation_id)
    return found


def _context(automation: Automation, problems: dict[str, list[str]] | None = None) -> dict[str, Any]:
    definition = Definition.read(automation.draft)
    waiting = waiting_by_step(automation)
    found = problems or {}
    live = automation.revision.definition if automation.revision else None
    return {
        "automation": automation,
        "steps": [
            Row(
                step.id,
                KINDS[step.kind],
                KINDS[step.kind].describe(step.config),
                waiting=waiting.get(step.id, 0),
                problems=tuple(found.get(step.id, ())),
            )
            for step in definition.steps
        ],
        "triggers": [
            Row(
                t.id,
                TRIGGER_KINDS[t.kind],
                TRIGGER_KINDS[t.kind].describe(t.config),
                runs=t.runs,
                problems=tuple(found.get(t.id, ())),
            )
            for t in definition.triggers
        ],
        "problems": found.get("", []),
        "step_kinds": KINDS.values(),
        "trigger_kinds": TRIGGER_KINDS.values(),
        "figures": run_figures(automation),
        "is_changed": live is not None and Definition.read(live) != definition,
        "runs": Enrollment.objects.filter(automation=automation).newest_first().select_related("contact")[:10],
        "name_form": NameForm(initial={"name": automation.name}),
    }


@require_GET
@allow("automations.view")
def automation_page(request: HttpRequest, automation_id: int) -> HttpResponse:
    """Triggers, steps with the contacts waiting at each, and the latest runs."""
    return render(request, "automations/automation.html", _context(automation_of(request, automation_id)))


@require_http_methods(["GET", "POST"])
@allow("automations.edit")
def step_form(request: HttpRequest, automation_id: int, kind: str = "", step_id: str = "") -> HttpResponse:
    """Set up a new step of a kind, or change one."""
    automation = automation_of(request, automation_id)
    definition = Definition.read(automation.draft)
    step = definition.step(step_id) if step_id else _fresh(kind)
    if step is None:
        raise Http404
    form = KINDS[step.kind].form(automation, step, request.POST or None)
    if request.method == "POST" and form.is_valid():
        changed = step.model_copy(update={"config": form.config(user_of(request))})  # type: ignore[attr-defined]
        saved = actions.put_step(definition, changed, at=_position(request))
        actions.save_draft(automation=automation, definition=saved, by=user_of(request))
        return redirect(automation)
    context = {"automation": automation, "kind": KINDS[step.kind], "form": form, "is_new": not step_id}
    return render(request, "automations/part_form.html", context, status=422 if form.is_bound else 200)


def _fresh(kind: str) -> Step | None:
    return actions.fresh_step(kind) if kind in KINDS else None


def _position(request: HttpRequest) -> int | None:
    at = request.GET.get("at", "")
    return int(at) if at.isdecimal() else None


@require_http_methods(["GET", "POST"])
@allow("automations.edit")
def trigger_form(request: HttpRequest, automation_id: int, kind: str = "", trigger_id: str = "") -> HttpResponse:
    """Set up a new trigger of a kind, or change one."""
    automation = automation_of(request, automation_id)
    definition = Definition.read(automation.draft)
    trigger = definition.trigger(trigger_id) if trigger_id else Trigger(id=new_id(), kind=kind)
    if trigger is None or trigger.kind not in TRIGGER_KINDS:
        raise Http404
    form = TRIGGER_KINDS[trigger.kind].form(trigger, request.POST or None)
    if request.method == "POST" and form.is_valid():
        config = form.config()  # type: ignore[attr-defined]
        changed = trigger.model_copy(update={"config": config, "runs": form.cleaned_data.get("runs", "once")})
        kept = [t for t in definition.triggers if t.id != trigger.id]
        saved = definition.model_copy(update={"triggers": [*kept, changed]})
        actions.save_draft(automation=automation, definition=saved, by=user_of(request))
        return redirect(automation)
    context = {
        "automation": automation,
        "kind": TRIGGER_KINDS[trigger.kind],
        "form": form,
        "is_new": not trigger_id,
    }
    return render(request, "automations/part_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow("automations.edit")
def remove_part(request: HttpRequest, automation_id: int, part_id: str) -> HttpResponse:
    """Take a step or trigger out of the draft; runs are moved when it is published."""
    automation = automation_of(request, automation_id)
    definition = Definition.read(automation.draft)
    kept = definition.model_copy(
        update={
            "steps": [step for step in definition.steps if step.id != part_id],
            "triggers": [trigger for trigger in definition.triggers if trigger.id != part_id],
        }
    )
    actions.save_draft(automation=automation, definition=kept, by=user_of(request))
    return redirect(automation)


@require_POST
@allow("automations.edit")
def move_step(request: HttpRequest, automation_id: int, step_id: str) -> HttpResponse:
    """Move a step up or down."""
    automation = automation_of(request, automation_id)
    by = -1 if request.POST.get("direction") == "up" else 1
    moved = actions.move_step(Definition.read(automation.draft), step_id, by)
    actions.save_draft(automation=automation, definition=moved, by=user_of(request))
    return redirect(automation)


@require_POST
@allow("automations.edit")
def publish(request: HttpRequest, automation_id: int) -> HttpResponse:
    """Make the draft live, or say beside each step what is wrong."""
    automation = automation_of(request, automation_id)
    try:
        revision = actions.publish(automation=automation, by=user_of(request))
    except actions.AutomationInvalid as invalid:
        context = _context(automation, invalid.problems)
        return render(request, "automations/automation.html", context, status=422)
    nudge()
    messages.success(request, _("Revision %(number)d is live.") % {"number": revision.number})
    return redirect(automation)


@require_POST
@allow("automations.edit")
def switch(request: HttpRequest, automation_id: int) -> HttpResponse:
    """Pause an active automation, or let a paused one go on."""
    automation = automation_of(request, automation_id)
    if request.POST.get("to") == "paused":
        actions.pause(automation=automation, by=user_of(request))
    elif actions.resume(automation=automation, by=user_of(request)):
        nudge()
    return redirect(automation)


@require_POST
@allow("automations.edit")
def rename(request: HttpRequest, automation_id: int) -> HttpResponse:
    """Change the name."""
    automation = automation_of(request, automation_id)
    form = NameForm(request.POST)
    if form.is_valid():
        actions.rename_automation(automation=automation, name=form.cleaned_data["name"], by=user_of(request))
    else:
        messages.error(request, _("Give the automation a name."))
    return redirect(automation)
