"""What workers are called for. The work lies in rows; a task is only the word that there is some."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from contacts import handover, jobs
from contacts.actions import jobs as jobs_actions

HAND_OVER_BATCH = 1000


@shared_task(queue="activity")
def hand_over_activity() -> None:
    """Tell listeners what happened; calls itself again while there is more."""
    if handover.hand_over(HAND_OVER_BATCH) == HAND_OVER_BATCH:
        hand_over_activity.delay()


@shared_task(queue="default")
def run_jobs() -> None:
    """Do a due job; calls itself again, so that no task outlives its time limit by doing many."""
    if jobs.run_next():
        run_jobs.delay()


@shared_task(queue="default")
def tidy_jobs() -> None:
    """Remove drafts nobody went on with, and uploaded files nobody needs any more."""
    jobs_actions.tidy_jobs()


def nudge_jobs() -> None:
    """Tell the workers, when this transaction commits, that a job is due. A lost word is harmless: beat sweeps."""
    transaction.on_commit(lambda: run_jobs.delay(), robust=True)
