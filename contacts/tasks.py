"""What workers are called for. The work lies in rows; a task is only the word that there is some."""

from __future__ import annotations

from celery import shared_task

from contacts import handover

HAND_OVER_BATCH = 1000


@shared_task(queue="activity")
def hand_over_activity() -> None:
    """Tell listeners what happened; calls itself again while there is more."""
    if handover.hand_over(HAND_OVER_BATCH) == HAND_OVER_BATCH:
        hand_over_activity.delay()
