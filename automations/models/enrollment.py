"""A contact's run through an automation, and its history."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from automations.querysets import EnrollmentQuerySet


class Enrollment(models.Model):
    """One contact's run: where it is and when it goes on."""

    class State(models.TextChoices):
        """`active` runs are walked when `wake_at` has come."""

        ACTIVE = "active", _("Active")
        FINISHED = "finished", _("Finished")
        ENDED = "ended", _("Ended early")
        FAILED = "failed", _("Failed")

    automation = models.ForeignKey("automations.Automation", models.CASCADE, related_name="enrollments")
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="enrollments")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    # The id of the step that is next (or is being waited at), stable across revisions.
    step_id = models.CharField(max_length=40, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    # When the run came to the step it waits at: a longer or shorter wait counts the time already waited.
    arrived_at = models.DateTimeField(null=True, blank=True)
    trigger = models.CharField(max_length=60, blank=True)
    # The activity that started the run; the hand-over being repeated starts no second run.
    activity_id = models.BigIntegerField(null=True, blank=True)
    # Facts of the trigger (a list, a deal), for steps to read.
    context = models.JSONField(default=dict)
    hops = models.PositiveSmallIntegerField(default=0)
    # One worker walks a run at a time, under a row lock; failures count here.
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    entered_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["automation", "activity_id"],
                condition=Q(activity_id__isnull=False),
                name="enrollment_once_per_activity",
            ),
        ]
        indexes = [
            # Read by the engine's claim: an automation's due runs, so that a paused one's cost nothing.
            models.Index(fields=["automation", "wake_at", "id"], name="enrollment_due", condition=Q(state="active")),
            # Read by the entry rules (once or every time, at most 10 in 24 h) and the contact's tab.
            models.Index(fields=["contact", "automation", "-entered_at"], name="enrollment_contact"),
            models.Index(fields=["automation", "state", "step_id"], name="enrollment_steps"),
            # Read by the Operations page: few, however many runs there are.
            models.Index(fields=["-id"], name="enrollment_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"Enrollment {self.pk}"

    def get_absolute_url(self) -> str:
        """The run's history."""
        return reverse("automations:run", args=[self.pk])


class StepRun(models.Model):
    """One step taken in a run, with its time and its reason. Append-only."""

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="step_runs")
    step_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    # done, waited, skipped, failed
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
