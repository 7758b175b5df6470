"""Long work that a person started. The `Job` rows are the queue; a worker holds one by a lease.

A kind of job is registered by the app that knows how to do it. Its `run` gets a `Run` and says how
far it is with `advance`, inside the transaction of the work it tells of: progress and work then go
together, and a worker that takes over from a dead one goes on exactly behind the last commit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now

from contacts.models import Job

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

log = structlog.get_logger(__name__)

# Longer than any chunk of work between two words of progress; also how long a dead worker's job waits.
LEASE_SECONDS = 60
# Claims without any progress before a job counts as one that kills its workers.
MOST_ATTEMPTS = 5
# A lost connection or a deadlock: the job is due again after this.
RETRY_SECONDS = 10


class JobFailed(Exception):
    """The job cannot be done; its words are for the user who started it."""

    permanent = True


class JobStopped(Exception):
    """The job was cancelled, or another worker has it: this one must write nothing more."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job. `run` is called again after a dead worker and goes on from `job.result`.

    `result_url` leads from the job's page to what came out of it; `report` names a template that
    its page shows when it has ended.
    """

    key: str
    title: str | StrPromise
    run: Callable[[Run], None]
    icon: str = "settings-automation"
    result_url: Callable[[Job], str | None] | None = None
    setup_url: Callable[[Job], str | None] | None = None


_kinds: dict[str, JobKind] = {}


def register(*kinds: JobKind) -> None:
    """Make kinds known; called from an AppConfig's `ready`."""
    for kind in kinds:
        _kinds[kind.key] = kind


def kind_of(job: Job) -> JobKind | None:
    """The kind of a job; None when its app is gone."""
    return _kinds.get(job.kind)


class Run:
    """A worker's hold on a job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._began_at = self._told_at = time.monotonic()
        self._began_with = job.done

    def advance(
        self, *, done: int | None = None, total: int | None = None, result: dict[str, Any] | None = None
    ) -> None:
        """Say how far the work is and keep the lease. Raises JobStopped when the job is no longer ours."""
        job = self.job
        job.done = job.done if done is None else done
        job.total = job.total if total is None else total
        job.result = job.result if result is None else result
        job.rate = (job.done - self._began_with) / max(time.monotonic() - self._began_at, 0.001)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_job SET done = %s, total = %s, rate = %s, result = %s::jsonb, attempts = 0,"
                " leased_until = now() + make_interval(secs => %s)"
                " WHERE id = %s AND claims = %s AND state = 'running'",
                [job.done, job.total, job.rate, json.dumps(job.result), LEASE_SECONDS, job.pk, job.claims],
            )
            if cursor.rowcount != 1:
                raise JobStopped(job.pk)
        self._told_at = time.monotonic()

    def alive(self) -> None:
        """Keep the lease within a long stretch that commits nothing; costs nothing when called often."""
        if time.monotonic() - self._told_at > LEASE_SECONDS / 6:
            self.advance()


def run_next() -> bool:
    """Claim and do the next due job; whether there was one."""
    job = claim_next()
    if job is None:
        return False
    run(job)
    return True


def claim_next() -> Job | None:
    """Take the next job that waits or whose worker is dead, with a lease by the database's clock."""
    return claim()


@transaction.atomic
def claim(job_id: int | None = None) -> Job | None:
    """Take a certain job, or the next one; None when it is not due or somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_job SET state = 'running', started_at = coalesce(started_at, now()), claims = claims + 1,"
            " attempts = attempts + 1, leased_until = now() + make_interval(secs => %s)"
            " WHERE id = (SELECT id FROM contacts_job WHERE state IN ('queued', 'running')"
            "  AND (leased_until IS NULL OR leased_until < now()) AND (%s::bigint IS NULL OR id = %s)"
            "  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
            [LEASE_SECONDS, job_id, job_id],
        )
        claimed = cursor.fetchone()
    return Job.objects.get(pk=claimed[0]) if claimed else None


def run(job: Job) -> None:
    """Do a claimed job to its end, whatever that is."""
    kind = kind_of(job)
    log.info("job_started", job_id=job.pk, kind=job.kind, attempt=job.attempts)
    try:
        if kind is None:
            raise JobFailed(f"Nobody here knows how to do “{job.kind}”.")
        if job.attempts > MOST_ATTEMPTS:
            raise JobFailed(f"Given up: {MOST_ATTEMPTS} workers in a row died of it without any progress.")
        kind.run(Run(job))
    except JobStopped:
        log.info("job_stopped", job_id=job.pk)
    except JobFailed as error:
        _end(job, Job.State.FAILED, str(error))
    except OperationalError as error:  # deadlock, lost connection: passing; attempts says when it is not
        log.warning("job_interrupted", job_id=job.pk, error=type(error).__name__)
        connection.close()
        _ours(job).update(leased_until=Now() + timedelta(seconds=RETRY_SECONDS))
    except Exception as error:  # a bug in one kind must not stop the other jobs; its user sees the words
        log.exception("job_failed", job_id=job.pk)
        _end(job, Job.State.FAILED, f"{type(error).__name__}: {error}")
    else:
        _end(job, Job.State.DONE)


def _ours(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, claims=job.claims, state=Job.State.RUNNING)


def _end(job: Job, state: Job.State, error: str = "") -> None:
    _ours(job).update(state=state, error=error[:2000], finished_at=Now(), leased_until=None)
    log.info("job_ended", job_id=job.pk, state=state)
