"""The kinds of trigger, one file each. To add one, see docs/automations.md."""

from __future__ import annotations

from automations.triggers.base import TriggerKind
from automations.triggers.list_subscribed import ListSubscribed

KINDS: dict[str, TriggerKind] = {kind.key: kind for kind in (ListSubscribed(),)}

__all__ = ["KINDS", "TriggerKind"]
