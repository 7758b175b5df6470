"""Wait for a period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from automations.definition import Step
from automations.steps.base import Advance, Outcome, Pause, Run, StepKind

if TYPE_CHECKING:
    from automations.models import Automation
    from contacts.models import User

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
LONGEST = timedelta(days=3650)


def period(config: dict[str, Any]) -> timedelta:
    """The length of the wait that a step's config names."""
    return int(config.get("amount", 1)) * UNITS[config.get("unit", "days")]


class WaitForm(forms.Form):
    """How long to wait."""

    amount = forms.IntegerField(label=_("Wait for"), min_value=1, max_value=10_000, initial=1)
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days")), ("weeks", _("weeks"))],
        initial="days",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse waits of more than ten years: they are typing mistakes."""
        cleaned = super().clean() or {}
        if cleaned.get("amount") and cleaned.get("unit") and period(cleaned) > LONGEST:
            self.add_error("amount", _("A wait can be at most ten years long."))
        return cleaned

    def config(self, by: User) -> dict[str, Any]:
        """What the step stores."""
        return {"amount": self.cleaned_data["amount"], "unit": self.cleaned_data["unit"]}


class Wait(StepKind):
    """The run rests as a row with a time; a changed period counts the time already waited."""

    key = "wait"
    title = _("Wait")
    icon = "clock"
    tone = "orange"

    def take(self, run: Run) -> Outcome:
        """Rest until the period after arrival is over."""
        arrived = run.enrollment.arrived_at or run.now
        until = arrived + period(run.step.config)
        return Advance(self.describe(run.step.config)) if until <= run.now else Pause(until)

    def describe(self, config: dict[str, Any]) -> str:
        """Such as "Wait 2 days"."""
        amount = int(config.get("amount", 1))
        words = {
            "minutes": ngettext("Wait %d minute", "Wait %d minutes", amount),
            "hours": ngettext("Wait %d hour", "Wait %d hours", amount),
            "days": ngettext("Wait %d day", "Wait %d days", amount),
            "weeks": ngettext("Wait %d week", "Wait %d weeks", amount),
        }
        return words[config.get("unit", "days")] % amount

    def form(self, automation: Automation, step: Step, data: Any = None) -> WaitForm:
        """Amount and unit."""
        return WaitForm(data, initial=step.config)

    def resume_at(self, config: dict[str, Any], arrived_at: datetime) -> datetime:
        """The time already waited counts."""
        return arrived_at + period(config)
