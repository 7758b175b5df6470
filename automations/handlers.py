"""Listens to the activity log: entries that are triggers start runs."""

from __future__ import annotations

import structlog
from django.db import transaction

from automations.actions import EntryRefused, enroll
from automations.definition import Definition, Trigger
from automations.models import Automation
from automations.tasks import nudge
from automations.triggers import KINDS
from contacts.activity import MAX_HOPS
from contacts.models import Activity

log = structlog.get_logger(__name__)


def on_activity(entry: Activity) -> None:
    """Start a run in every active automation with a trigger that this entry matches.

    Idempotent: an entry that is handed over again finds its run there. Refuses entries that eight
    automations led to, which ends loops between automations.
    """
    if entry.contact is None or entry.hops >= MAX_HOPS:
        return
    started = [_start(automation, trigger, entry) for automation, trigger in _triggered_by(entry)]
    if any(started):
        transaction.on_commit(nudge)


def _triggered_by(entry: Activity) -> list[tuple[Automation, Trigger]]:
    """The first matching trigger of each active automation."""
    found = []
    for automation in Automation.objects.filter(status=Automation.Status.ACTIVE).select_related("revision"):
        definition = Definition.read(automation.revision.definition if automation.revision else {})
        matching = [t for t in definition.triggers if _matches(t, entry)]
        if matching:
            found.append((automation, matching[0]))
    return found


def _matches(trigger: Trigger, entry: Activity) -> bool:
    kind = KINDS.get(trigger.kind)
    return kind is not None and kind.activity_kind == entry.kind and kind.matches(entry, trigger.config)


def _start(automation: Automation, trigger: Trigger, entry: Activity) -> bool:
    if automation.enrollments.filter(activity_id=entry.pk).exists() or entry.contact is None:
        return False
    try:
        enroll(automation=automation, contact=entry.contact, trigger=trigger, by=None, source=entry)
    except EntryRefused as refusal:
        log.info("entry_refused", automation_id=automation.pk, activity_id=entry.pk, reason=str(refusal))
        return False
    return True
