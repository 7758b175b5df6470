"""What people and triggers do with automations: one verb, one transaction each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from automations.definition import Definition, Step, Trigger, new_id
from automations.engine import may_enter, moves
from automations.models import Automation, Enrollment, Revision, StepRun
from automations.steps import KINDS, StepInvalid
from automations.triggers import KINDS as TRIGGER_KINDS
from contacts import activity
from contacts.models import Activity, Contact, User

MANUAL = "by_hand"


class AutomationInvalid(ValueError):
    """It cannot be published as it is; `problems` maps step or trigger ids ("" for the whole) to words."""

    permanent = True

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("; ".join(words for found in problems.values() for words in found))
        self.problems = problems


class EntryRefused(ValueError):
    """The contact may not enter now; the message says why."""

    permanent = True


@transaction.atomic
def create_automation(*, name: str, by: User | None) -> Automation:
    """Make an empty draft."""
    return Automation.objects.create(name=name, draft=Definition().write(), created_by=by)


@transaction.atomic
def rename_automation(*, automation: Automation, name: str, by: User | None) -> Automation:
    """Change the name, which is what the stream and the overview show."""
    automation.name = name
    automation.save(update_fields=["name", "updated_at"])
    return automation


@transaction.atomic
def save_draft(*, automation: Automation, definition: Definition, by: User | None) -> Automation:
    """Keep an edited definition; runs go by the published revision until the next publish."""
    automation.draft = definition.write()
    automation.save(update_fields=["draft", "updated_at"])
    return automation


def put_step(definition: Definition, step: Step, *, at: int | None = None) -> Definition:
    """A copy with the step replaced (same id) or put in at an index, at the end by default."""
    changed = definition.model_copy(deep=True)
    for index, present in enumerate(changed.steps):
        if present.id == step.id:
            changed.steps[index] = step
            return changed
    changed.steps.insert(len(changed.steps) if at is None else at, step)
    return changed


def move_step(definition: Definition, step_id: str, by: int) -> Definition:
    """A copy with the step moved up (-1) or down (+1); at the edge nothing changes."""
    changed = definition.model_copy(deep=True)
    here = next((i for i, step in enumerate(changed.steps) if step.id == step_id), None)
    if here is not None:
        step = changed.steps.pop(here)
        changed.steps.insert(max(0, min(len(changed.steps), here + by)), step)
    return changed


def problems_of(definition: Definition) -> dict[str, list[str]]:
    """All that stands in the way of publishing, by step or trigger id."""
    found: dict[str, list[str]] = {}
    if not definition.triggers:
        found.setdefault("", []).append("Add a trigger: it says who enters, and when.")
    if not definition.steps:
        found.setdefault("", []).append("Add a step: it says what happens.")
    for trigger in definition.triggers:
        if words := TRIGGER_KINDS[trigger.kind].problems(trigger.config):
            found[trigger.id] = words
    for step in definition.steps:
        if words := KINDS[step.kind].problems(step.config):
            found[step.id] = words
    return found


@transaction.atomic
def publish(*, automation: Automation, by: User | None) -> Revision:
    """Make the draft an immutable revision and let it run. Runs under way go on where they are:

    a deleted step moves its runs to the next one, a changed wait counts the time already waited.
    Raises AutomationInvalid with everything that is wrong.
    """
    automation = Automation.objects.select_for_update().get(pk=automation.pk)
    definition = Definition.read(automation.draft)
    if problems := problems_of(definition):
        raise AutomationInvalid(problems)
    for step in definition.steps:
        _prepare(step)
    old = Definition.read(automation.revision.definition) if automation.revision else Definition()
    last = automation.revisions.aggregate(Max("number"))["number__max"] or 0
    revision = Revision.objects.create(
        automation=automation, number=last + 1, definition=definition.write(), published_by=by
    )
    automation.revision, automation.status = revision, Automation.Status.ACTIVE
    automation.save(update_fields=["revision", "status", "updated_at"])
    _move_runs(automation, old, definition)
    return revision


def _prepare(step: Step) -> None:
    try:
        KINDS[step.kind].prepare(step.config)
    except StepInvalid as error:
        raise AutomationInvalid({step.id: [str(error)]}) from error


def _move_runs(automation: Automation, old: Definition, new: Definition) -> None:
    """Set-based: whatever the number of runs, a few statements a changed step."""
    active = Enrollment.objects.filter(automation=automation, state=Enrollment.State.ACTIVE)
    now = timezone.now()
    for step_id, target in moves(old, new).items():
        active.filter(step_id=step_id).update(step_id=target, wake_at=now, arrived_at=None)
    for step in new.steps:
        before = old.step(step.id)
        waiting = active.filter(step_id=step.id, arrived_at__isnull=False)
        if before and before.config != step.config and _length(step) is not None:
            waiting.update(wake_at=F("arrived_at") + _length(step))


def _length(step: Step) -> timedelta | None:
    epoch = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())
    resumed = KINDS[step.kind].resume_at(step.config, epoch)
    return resumed - epoch if resumed else None


@transaction.atomic
def restore_revision(*, automation: Automation, revision: Revision, by: User | None) -> Automation:
    """Put an earlier revision into the draft, to be looked at and published again."""
    automation.draft = revision.definition
    automation.save(update_fields=["draft", "updated_at"])
    return automation


@transaction.atomic
def pause(*, automation: Automation, by: User | None) -> bool:
    """Stop its steps; clocks of waits run on. False when it was not active."""
    return bool(
        Automation.objects.filter(pk=automation.pk, status=Automation.Status.ACTIVE).update(
            status=Automation.Status.PAUSED
        )
    )


@transaction.atomic
def resume(*, automation: Automation, by: User | None) -> bool:
    """Let a paused automation go on. False when it was not paused."""
    return bool(
        Automation.objects.filter(pk=automation.pk, status=Automation.Status.PAUSED).update(
            status=Automation.Status.ACTIVE
        )
    )


@transaction.atomic
def enroll(
    *,
    automation: Automation,
    contact: Contact,
    trigger: Trigger | None,
    by: User | None,
    source: Activity | None = None,
) -> Enrollment:
    """Start a contact's run. Raises EntryRefused, with the reason, where the rules say no.

    The contact's row is locked for the moment, so that two triggers at once start one run.
    """
    Contact.objects.select_for_update().only("id").get(pk=contact.pk)
    trigger_id, runs = (trigger.id, trigger.runs) if trigger else (MANUAL, "every")
    if reason := may_enter(
        automation=automation, contact_id=contact.pk, trigger_id=trigger_id, runs=runs, now=timezone.now()
    ):
        raise EntryRefused(reason)
    definition = Definition.read(automation.revision.definition if automation.revision else {})
    enrollment = Enrollment.objects.create(
        automation=automation,
        contact=contact,
        step_id=definition.first,
        wake_at=timezone.now(),
        trigger=trigger_id,
        activity_id=source.pk if source else None,
        context=source.data if source else {},
        hops=source.hops + 1 if source else 0,
    )
    activity.record(
        "automation.entered",
        by=by,
        contact_id=contact.pk,
        hops=enrollment.hops,
        automation_id=automation.pk,
        automation_name=automation.name,
    )
    return enrollment


@transaction.atomic
def end_run(*, enrollment: Enrollment, by: User | None) -> bool:
    """Take a contact out of an automation. False when the run was over already."""
    now = timezone.now()
    ended = Enrollment.objects.filter(pk=enrollment.pk, state=Enrollment.State.ACTIVE).update(
        state=Enrollment.State.ENDED, wake_at=None, finished_at=now
    )
    if ended:
        reason = f"Ended by {by}" if by else "Ended"
        StepRun.objects.create(
            enrollment=enrollment, step_id=enrollment.step_id, kind="", outcome="ended", reason=reason, at=now
        )
    return bool(ended)


@transaction.atomic
def retry_run(*, enrollment: Enrollment, by: User | None) -> bool:
    """Take up a failed run where it failed. False when it had not failed."""
    return bool(
        Enrollment.objects.filter(pk=enrollment.pk, state=Enrollment.State.FAILED).update(
            state=Enrollment.State.ACTIVE, wake_at=timezone.now(), finished_at=None, attempts=0, error=""
        )
    )


@transaction.atomic
def retry_failed_runs(*, by: User | None, most: int = 1000) -> int:
    """Take up failed runs where they failed, the newest first; returns how many."""
    failed = Enrollment.objects.failed().order_by("-id").values_list("pk", flat=True)[:most]
    return Enrollment.objects.filter(pk__in=list(failed), state=Enrollment.State.FAILED).update(
        state=Enrollment.State.ACTIVE, wake_at=timezone.now(), finished_at=None, attempts=0, error=""
    )


def fresh_step(kind: str) -> Step:
    """A new step of a kind, with an id of its own and nothing set."""
    return Step(id=new_id(), kind=kind)
