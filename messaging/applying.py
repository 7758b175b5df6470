"""Going through the reports of providers that are not applied yet."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from messaging.actions.feedback import UNMATCHED, apply_event
from messaging.models import ProviderEvent

log = structlog.get_logger(__name__)

BATCH = 500
# Reports may come before the mark of the hand-over they speak of, which is soon there; some speak of mail
# that this installation never sent, and are looked at for so long.
MATCH_FOR = timedelta(days=3)


def apply_fresh_events() -> int:
    """Apply what came in since, oldest first; returns how many were. Any number may run at once."""
    return _apply(ProviderEvent.objects.filter(applied_at=None, error=""))


def match_late_events() -> int:
    """Try those again whose message was not known; after some days they are laid aside."""
    waiting = ProviderEvent.objects.filter(applied_at=None).exclude(error="")
    applied = _apply(waiting.filter(error=UNMATCHED))
    waiting.filter(received_at__lt=timezone.now() - MATCH_FOR).update(applied_at=timezone.now())
    return applied


def _apply(events: QuerySet[ProviderEvent]) -> int:
    applied = 0
    pks = list(events.order_by("received_at", "pk").values_list("pk", flat=True)[:BATCH])
    for pk in pks:
        try:
            applied += apply_event(event_id=pk)
        except Exception as error:  # one report that breaks must not stop the others; it is kept with its error
            log.exception("provider_event_failed", event_id=pk)
            ProviderEvent.objects.filter(pk=pk).update(error=f"{type(error).__name__}: {error}"[:2000])
    return applied
