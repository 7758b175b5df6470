"""Add a tag to the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.definition import Step
from automations.steps.base import Advance, Outcome, Run, StepKind
from contacts.actions.tags import add_tag

if TYPE_CHECKING:
    from automations.models import Automation
    from contacts.models import User


class AddTagForm(forms.Form):
    """Which tag to add."""

    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=100)

    def config(self, by: User) -> dict[str, Any]:
        """What the step stores: the name, since a tag that is not there yet is made."""
        return {"tag": self.cleaned_data["tag"].strip()}


class AddTag(StepKind):
    """Adding a tag that is there already changes nothing."""

    key = "add_tag"
    title = gettext_lazy("Add tag")
    icon = "tag"
    tone = "pink"

    def take(self, run: Run) -> Outcome:
        """Tag the contact, counting one hop more for automations that listen to tags."""
        add_tag(contact=run.enrollment.contact, name=run.step.config["tag"], by=None, hops=run.enrollment.hops)
        return Advance(self.describe(run.step.config))

    def describe(self, config: dict[str, Any]) -> str:
        """Such as "Add tag customer"."""
        return _("Add tag “%(tag)s”") % {"tag": config.get("tag", "")}

    def problems(self, config: dict[str, Any]) -> list[str]:
        """A tag must be named."""
        return [] if config.get("tag") else [_("Choose a tag to add.")]

    def form(self, automation: Automation, step: Step, data: Any = None) -> AddTagForm:
        """The tag's name."""
        return AddTagForm(data, initial=step.config)
