"""The kinds of step, one file each. To add one, see docs/automations.md."""

from __future__ import annotations

from automations.steps.add_tag import AddTag
from automations.steps.base import Advance, Outcome, Pause, Run, StepInvalid, StepKind
from automations.steps.send_email import SendEmail
from automations.steps.wait import Wait

KINDS: dict[str, StepKind] = {kind.key: kind for kind in (SendEmail(), Wait(), AddTag())}

__all__ = ["KINDS", "Advance", "Outcome", "Pause", "Run", "StepInvalid", "StepKind"]
