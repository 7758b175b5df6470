"""The engine: walks runs until they must wait.

Due runs are claimed with SKIP LOCKED. What the steps do and the run's new place are committed
together, so a step happens exactly once however often workers die. One run's failure rolls back to
its own savepoint and is tried again later, with a growing interval; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from automations.definition import Definition
from automations.models import Automation, Enrollment, StepRun
from automations.steps import KINDS, Pause, Run
from contacts import activity

log = structlog.get_logger(__name__)

BATCH = 100
# A run that takes more steps than this without waiting is going round in circles.
MOST_STEPS_AT_ONCE = 200
# Minutes until a failed step is tried again, by the number of failures; then the run fails.
RETRY_AFTER = (1, 5, 30, 120, 720)


class StepKindUnknown(LookupError):
    """A definition names a kind of step that this version does not have."""

    permanent = True


@dataclass
class Walk:
    """One run being walked: collects the history to be written."""

    enrollment: Enrollment
    definition: Definition
    now: datetime
    history: list[StepRun] = field(default_factory=list)

    def go(self) -> None:
        """Take steps until the run waits or is over. Changes the enrollment in memory."""
        for _round in range(MOST_STEPS_AT_ONCE):
            if not self.enrollment.step_id or not self.take():
                break
        else:
            raise RecursionError("the automation goes round in circles")
        if not self.enrollment.step_id:
            self.finish()

    def take(self) -> bool:
        """Take one step; False when the run must wait at it."""
        run = self.enrollment
        step = self.definition.step(run.step_id)
        if step is None:
            run.step_id = ""
            return True
        if step.kind not in KINDS:
            raise StepKindUnknown(step.kind)
        outcome = KINDS[step.kind].take(Run(run, step, self.now))
        if isinstance(outcome, Pause):
            if run.arrived_at is None:
                self.note(step.id, step.kind, "waited", outcome.reason, {"until": outcome.until.isoformat()})
            run.arrived_at, run.wake_at = run.arrived_at or self.now, outcome.until
            return False
        self.note(step.id, step.kind, "skipped" if outcome.skipped else "done", outcome.reason, outcome.data)
        run.step_id, run.arrived_at = self.definition.after(step.id), None
        return True

    def note(self, step_id: str, kind: str, outcome: str, reason: str, data: dict[str, object]) -> None:
        """Keep a step for the history."""
        self.history.append(
            StepRun(
                enrollment=self.enrollment,
                step_id=step_id,
                kind=kind,
                outcome=outcome,
                reason=reason[:300],
                data=data,
                at=self.now,
            )
        )

    def finish(self) -> None:
        """The run has come to its end."""
        run = self.enrollment
        run.state, run.wake_at, run.finished_at = Enrollment.State.FINISHED, None, self.now
        activity.record(
            "automation.finished",
            by=None,
            contact_id=run.contact_id,
            hops=run.hops,
            automation_id=run.automation_id,
            automation_name=run.automation.name,
        )


def walk_due(*, now: datetime, limit: int = BATCH) -> int:
    """Walk up to `limit` due runs of one active automation; returns how many were taken up (0: none due).

    `now` is the time the runs see; whether a run is due is judged by it too.
    """
    walked = 0
    for automation in _with_due_runs(now):
        walked += _walk_batch(automation, now, limit)
    return walked


def _with_due_runs(now: datetime) -> list[Automation]:
    """Active automations with at least one due run; a paused one's waiting runs cost nothing."""
    due = Enrollment.objects.filter(state=Enrollment.State.ACTIVE, wake_at__lte=now)
    return [
        automation
        for automation in Automation.objects.filter(status=Automation.Status.ACTIVE).select_related("revision")
        if automation.revision and due.filter(automation=automation).exists()
    ]


@transaction.atomic
def _walk_batch(automation: Automation, now: datetime, limit: int) -> int:
    claimed = list(
        Enrollment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(automation=automation, state=Enrollment.State.ACTIVE, wake_at__lte=now)
        .select_related("contact")
        .order_by("wake_at", "id")[:limit]
    )
    if not claimed:
        return 0
    definition = Definition.read(automation.revision.definition if automation.revision else {})
    history: list[StepRun] = []
    for enrollment in claimed:
        enrollment.automation = automation
        history += _walk_one(Walk(enrollment, definition, now))
    StepRun.objects.bulk_create(history)
    Enrollment.objects.bulk_update(
        claimed, ["state", "step_id", "wake_at", "arrived_at", "attempts", "error", "finished_at"]
    )
    return len(claimed)


def _walk_one(walk: Walk) -> list[StepRun]:
    """Walk one run inside a savepoint; a failure undoes its steps and is written on the run."""
    run = walk.enrollment
    before = (run.step_id, run.arrived_at)
    try:
        with transaction.atomic():
            walk.go()
        run.attempts, run.error = 0, ""
    except Exception as error:  # The one broad except of this drain: the other runs must go on.
        log.exception("step_failed", enrollment_id=run.pk, automation_id=run.automation_id)
        run.step_id, run.arrived_at = before
        run.state, run.finished_at = Enrollment.State.ACTIVE, None
        walk.history = []
        _defer(run, error, walk.now)
        walk.note(run.step_id, "", "failed", run.error, {})
    return walk.history


def _defer(run: Enrollment, error: Exception, now: datetime) -> None:
    run.attempts += 1
    run.error = f"{type(error).__name__}: {error}"[:2000]
    if getattr(error, "permanent", False) or run.attempts > len(RETRY_AFTER):
        run.state, run.wake_at, run.finished_at = Enrollment.State.FAILED, None, now
    else:
        run.wake_at = now + timedelta(minutes=RETRY_AFTER[run.attempts - 1])


def may_enter(*, automation: Automation, contact_id: int, trigger_id: str, runs: str, now: datetime) -> str:
    """Why a contact may not start a run now; empty when they may.

    A contact is in an automation once at a time; `once` triggers start one run ever; no trigger
    starts more than ten runs of a contact in 24 hours (PRODUCT.md, automations).
    """
    mine = Enrollment.objects.filter(automation=automation, contact_id=contact_id)
    if mine.filter(state=Enrollment.State.ACTIVE).exists():
        return "already in this automation"
    by_trigger = mine.filter(trigger=trigger_id)
    if runs == "once" and by_trigger.exists():
        return "has been through this automation"
    if by_trigger.filter(entered_at__gt=now - timedelta(hours=24)).count() >= MOST_ENTRIES_A_DAY:
        return "entered ten times within a day"
    return ""


MOST_ENTRIES_A_DAY = 10


def moves(old: Definition, new: Definition) -> dict[str, str]:
    """Where runs go whose step is gone: old step id → the step they go on with (empty: the end)."""
    return {step.id: old.survivor(step.id, new) for step in old.steps if not new.step(step.id)}
