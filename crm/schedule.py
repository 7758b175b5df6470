"""What beat does, and how often. A task named here repairs or wakes; nothing depends on it running on the second.

Add a line: name, the task's name, seconds between two runs. Words are dropped, not piled up, when no worker takes
them in time (`expires`).
"""

from typing import Any

# A queue each, so that a blast holds up nothing else. crm/stack/workers.py says which worker serves which.
LANES = ("transactional", "one_to_one", "automation", "campaign", "activity", "default")

# A word's last moment is told by the sender's clock and judged by the taker's, and those of two machines may differ.
# Without this, a worker a minute ahead of beat would drop every word, and no sweep would run.
CLOCKS_DIFFER_BY = 150


def every(seconds: float, task: str, *args: object, queue: str) -> dict[str, Any]:
    """A schedule entry: `task` (its name) with `args` each `seconds`, by the workers of `queue`."""
    expires = max(seconds, 10) + CLOCKS_DIFFER_BY
    return {"task": task, "args": args, "schedule": seconds, "options": {"queue": queue, "expires": expires}}


SCHEDULE: dict[str, dict[str, Any]] = {
    **{f"heartbeat-{lane}": every(30, "crm.heartbeat", lane, queue=lane) for lane in LANES},
    # Automations answer within this time; an idle run is one index probe.
    "hand-over-activity": every(2, "contacts.tasks.hand_over_activity", queue="activity"),
    # Starts jobs whose nudge was lost, and takes over from dead workers.
    "run-jobs": every(10, "contacts.tasks.run_jobs", queue="default"),
    # Uploaded files hold people's data: none is kept longer than needed.
    "tidy-jobs": every(3600, "contacts.tasks.tidy_jobs", queue="default"),
    "walk-runs": every(5, "automations.tasks.walk_runs", queue="automation"),
    # Scheduled campaigns start, and sent ones are called so, within these seconds.
    "start-due-campaigns": every(5, "campaigns.tasks.start_due", queue="default"),
    "watch-campaigns": every(5, "campaigns.tasks.watch", queue="default"),
    # Repairs what dead workers left in the outbox, and wakes lanes whose word was lost.
    "sweep-outbox": every(15, "messaging.sweep", queue="default"),
    # Settles what was left uncertain at providers that know a repeated call.
    "repeat-calls": every(30, "messaging.repeat_calls", queue="default"),
    # Opens and clicks are in the figures within these seconds, and the four that they settle (messaging.tracking).
    "write-hits": every(2, "messaging.write_hits", queue="default"),
    # What providers report is applied at once; these catch what was lost or came before its message's mark.
    "apply-events": every(15, "messaging.apply_events", queue="default"),
    "match-events": every(300, "messaging.match_events", queue="default"),
    # Records in DNS vanish rarely, and are noticed by people at the latest when mail lands in spam.
    "tend-dkim-keys": every(6 * 3600, "messaging.tend_dkim_keys", queue="default"),
}
