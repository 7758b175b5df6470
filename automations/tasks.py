"""The automation lane's tasks. The sweep finds due runs whether or not anybody said a word."""

from __future__ import annotations

from time import monotonic

from celery import shared_task
from django.utils import timezone

from automations.engine import walk_due
from messaging.tasks import nudge as nudge_lane

# A task ends within this many seconds and leaves the rest to the next one.
LONGEST = 30


@shared_task(queue="automation", ignore_result=True)
def walk_runs() -> None:
    """Walk all runs that are due, then tell the lane that there is mail."""
    walked, ends = 0, monotonic() + LONGEST
    while monotonic() < ends and (taken := walk_due(now=timezone.now())):
        walked += taken
    if walked:
        nudge_lane("automation")


def nudge() -> None:
    """Say that runs may be due. Losing this word only costs time until the next sweep."""
    walk_runs.apply_async()
