"""Long work that a person started: imports, exports, bulk changes. Shown on the Jobs page."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.querysets import JobQuerySet


class Job(models.Model):
    """One piece of long work, with progress. The row is the queue; a Celery task is only a hint."""

    class State(models.TextChoices):
        """A job's life. `draft` is being set up by its user and is not yet due."""

        DRAFT = "draft", _("Being set up")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    # A key of the registry in `contacts.jobs`, e.g. `contacts.import`.
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    # Of the worker that has it now, in units of `done` a second; 0 while unknown.
    rate = models.FloatField(default=0, db_default=0)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    file = models.FileField(upload_to="jobs/%Y/%m/", blank=True)
    error = models.TextField(blank=True)
    # Claims since the last progress: a job that kills every worker is given up.
    attempts = models.PositiveSmallIntegerField(default=0)
    # Counts every claim; a worker whose number is not this one has lost the job and writes nothing.
    claims = models.PositiveIntegerField(default=0, db_default=0)
    # While this lies ahead, one worker holds the job; it moves it on as it works.
    leased_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="jobs")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the sweep that starts waiting jobs and takes over from dead workers.
            models.Index(fields=["leased_until"], name="job_open", condition=models.Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        """Progress in whole percent, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def whole_rate(self) -> int:
        """Its rate in whole units a second."""
        return round(self.rate)

    @property
    def seconds_left(self) -> int | None:
        """How long it will go on at its present rate; None while that is unknown."""
        if self.state != self.State.RUNNING or self.rate <= 0 or self.total <= self.done:
            return None
        return round((self.total - self.done) / self.rate)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    def get_absolute_url(self) -> str:
        """The job's page."""
        return reverse("contacts:job", args=[self.pk])
