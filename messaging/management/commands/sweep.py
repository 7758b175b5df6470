"""`manage.py sweep`: repair what dead workers left, without waiting for beat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from messaging.outbox.sweep import sweep_outbox
from messaging.tasks import nudge


class Command(BaseCommand):
    """Judges the claims of dead workers by their journals and wakes lanes that have due work."""

    help = "Repair what dead workers left in the outbox, and wake the lanes that have due work."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one sweep."""
        lanes = sweep_outbox()
        for lane in lanes:
            nudge(lane)
        self.stdout.write(f"Lanes with due work: {', '.join(lanes) or 'none'}.")
