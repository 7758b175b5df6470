"""Jobs as their users drive them: start, cancel, start again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from contacts.models import ImportSeen, Job, User

State = Job.State

# An import that nobody went on with; a file that a stopped import might still need.
DRAFTS_KEPT = timedelta(days=7)
FILES_KEPT = timedelta(days=30)
# Whom a finished import took: as long as it can be undone.
SEEN_KEPT = timedelta(days=1)


@transaction.atomic
def start_job(*, kind: str, title: str, by: User | None, params: dict[str, Any] | None = None, total: int = 0) -> Job:
    """Make a job that workers find at once; `kind` is a key of `contacts.jobs`.

    The caller's interface nudges (`contacts.tasks.nudge_jobs`); without it the sweep finds the row.
    """
    return Job.objects.create(
        kind=kind, title=title[:255], state=State.QUEUED, params=params or {}, total=total, created_by=by
    )


@transaction.atomic
def submit_job(*, job: Job) -> Job:
    """Its set-up is complete: a draft becomes due. Any other state stays."""
    Job.objects.filter(pk=job.pk, state=State.DRAFT).update(state=State.QUEUED, leased_until=None)
    job.refresh_from_db()
    return job


@transaction.atomic
def cancel_job(*, job: Job, by: User | None) -> bool:
    """Stop a job; whether it could still be stopped. What it has committed stays.

    A worker that has it at hand finds out with its next word of progress and rolls its chunk back.
    """
    stoppable = Job.objects.filter(pk=job.pk, state__in=(State.DRAFT, State.QUEUED, State.RUNNING))
    stopped = stoppable.update(state=State.CANCELLED, finished_at=Now(), leased_until=None)
    job.refresh_from_db()
    return bool(stopped)


@transaction.atomic
def restart_job(*, job: Job, by: User | None) -> bool:
    """Let a failed or cancelled job go on from where it stopped; whether it could."""
    ended = Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))
    restarted = ended.update(state=State.QUEUED, error="", attempts=0, finished_at=None, leased_until=None)
    job.refresh_from_db()
    return bool(restarted)


@transaction.atomic
def restart_failed_jobs(*, by: User | None) -> int:
    """Let every failed job go on from where it stopped; returns how many."""
    failed = Job.objects.filter(state=State.FAILED)
    return failed.update(state=State.QUEUED, error="", attempts=0, finished_at=None, leased_until=None)


def tidy_jobs() -> int:
    """Delete old drafts, the uploaded files of jobs that stopped long ago, and whom old imports took.

    Returns of how many jobs it deleted something that a person uploaded.

    The row goes first: a file without a row is found by nobody, a row without its file would fail its user.
    """
    drafts = Job.objects.filter(state=State.DRAFT, created_at__lt=Now() - DRAFTS_KEPT)
    stopped = Job.objects.filter(state__in=(State.FAILED, State.CANCELLED), finished_at__lt=Now() - FILES_KEPT)
    touched = 0
    for job in [*drafts, *stopped.exclude(file="")]:
        name, storage = job.file.name, job.file.storage
        changed = drafts.filter(pk=job.pk).delete()[0] or stopped.filter(pk=job.pk).update(file="")
        if changed and name:
            storage.delete(name)
        touched += bool(changed)
    done = Job.objects.filter(state=State.DONE, finished_at__lt=Now() - SEEN_KEPT)
    ImportSeen.objects.filter(Q(job__in=done) | Q(job__in=stopped.filter(file=""))).delete()
    return touched
