"""What `manage.py doctor` asks of the outbox: late mail, dead workers' batches, what is uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from contacts.operations import Examination, Finding, database_now, hint, ok, problem
from messaging.lanes import lane_standings
from messaging.vitals import capped, expired_claims, uncertain

# How long the oldest due message may wait before its lane is behind: nobody waits for a campaign by the minute.
LATE_AFTER = {
    "transactional": timedelta(minutes=2),
    "one_to_one": timedelta(minutes=5),
    "automation": timedelta(minutes=30),
    "campaign": timedelta(minutes=30),
}


def _late() -> Iterator[Finding]:
    now, is_late = database_now(), False
    for lane in lane_standings():
        if lane.oldest_due and now - lane.oldest_due > LATE_AFTER[lane.key]:
            is_late = True
            minutes = int((now - lane.oldest_due).total_seconds() // 60)
            yield problem(
                f"Lane {lane.key} is behind: its oldest message has been due for {minutes} min, {lane.waiting} wait.",
                "See below for workers and providers. Are they well, add a worker for this lane or raise the limits.",
            )
    if not is_late:
        yield ok("No lane is behind.")


def _claims() -> Iterator[Finding]:
    if count := expired_claims().count():
        yield problem(
            f"{count} batches of dead workers were not judged yet.",
            "The sweep does that every 15 s: see that beat and a worker of the lane `default` run.",
        )
    else:
        yield ok("No batch is in a dead worker's hands.")


def _uncertain() -> Iterator[Finding]:
    if count := capped(uncertain()):
        yield hint(
            f"{count} messages are uncertain: nobody knows whether they arrived.",
            "Settle them on Operations: “It arrived”, or “Send again” (docs/delivery.md says how to tell).",
        )
    else:
        yield ok("No message is uncertain.")


EXAMINATIONS = (
    Examination("late", "Mail in time", _late, order=30),
    Examination("claims", "Dead workers", _claims, order=31),
    Examination("uncertain", "Uncertain mail", _uncertain, order=32),
)
