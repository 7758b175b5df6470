"""The hand-over of activity to those who listen: durable, at least once, in the entry's own transaction.

An entry that somebody listens to carries a due mark from the transaction that wrote it. A worker
claims one due entry (`FOR UPDATE SKIP LOCKED`), calls its listeners, and clears the mark in the same
transaction: what the listeners did and the mark go together, however the worker dies. A mark is
found whenever its transaction commits; a cursor over ids would have passed late ones by.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from contacts import activity
from contacts.models import Activity

log = structlog.get_logger(__name__)

# After the first, second … failure. Listeners write only to our own database: a failure is a bug or
# a passing conflict, so the first retry is quick and the last is daily until somebody mends it.
RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 600, 3600, 6 * 3600, 24 * 3600))


def hand_over(limit: int = 1000) -> int:
    """Hand over due entries until none is left or `limit` is reached; returns how many were taken."""
    taken = 0
    while taken < limit and hand_over_next():
        taken += 1
    return taken


@transaction.atomic
def hand_over_next() -> bool:
    """Claim the next due entry and hand it to its listeners; whether there was one."""
    due = Activity.objects.filter(due_at__isnull=False, due_at__lte=Now()).order_by("due_at", "id")
    entry = due.select_for_update(skip_locked=True, of=("self",)).first()
    if entry is None:
        return False
    heard_by, errors = set(entry.heard_by or ()), []
    for listener in activity.listeners(entry.kind):
        if _name(listener) in heard_by:
            continue
        if error := _tell(listener, entry):
            errors.append(error)
        else:
            heard_by.add(_name(listener))
    _settle(entry, heard_by, errors)
    return True


def failed() -> QuerySet[Activity]:
    """Entries that some listener has failed on and that are still to be heard, the newest first."""
    return Activity.objects.filter(due_at__isnull=False, attempts__gt=0).select_related("contact").order_by("-id")


def retry(entry_id: int) -> bool:
    """Make a failed entry due at once (the retry button); whether it was still waiting."""
    return bool(Activity.objects.filter(pk=entry_id, due_at__isnull=False).update(due_at=Now()))


def retry_all() -> int:
    """Make every failed entry due at once; returns how many."""
    return Activity.objects.filter(due_at__isnull=False, attempts__gt=0).update(due_at=Now())


def _tell(listener: Callable[[Activity], None], entry: Activity) -> str:
    """Call one listener in a savepoint; its error in words, empty when all went well."""
    try:
        with transaction.atomic():
            listener(entry)
    except Exception as error:  # one listener's bug must stop neither the others nor the feed
        log.exception("activity_handler_failed", activity_id=entry.pk, kind=entry.kind, listener=_name(listener))
        return f"{_name(listener)}: {type(error).__name__}: {error}"
    return ""


def _settle(entry: Activity, heard_by: set[str], errors: list[str]) -> None:
    row = Activity.objects.filter(pk=entry.pk)
    if not errors:
        row.update(due_at=None, heard_by=None, error="")
        return
    wait = RETRY_AFTER[min(entry.attempts, len(RETRY_AFTER) - 1)]
    row.update(
        due_at=Now() + wait,
        attempts=F("attempts") + 1,
        heard_by=sorted(heard_by) or None,
        error="\n".join(errors)[:4000],
    )


def _name(listener: Callable[[Activity], None]) -> str:
    return f"{listener.__module__}.{getattr(listener, '__qualname__', type(listener).__name__)}"
