"""The activity kinds that automations write."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.activity import ActivityKind


def _link(data: dict[str, Any]) -> str:
    return reverse("automations:automation", args=[data["automation_id"]])


KINDS = (
    # data: automation_id, automation_name
    ActivityKind("automation.entered", _("Entered automation {automation_name}"), "git-branch", "blue", _link),
    # data: automation_id, automation_name
    ActivityKind("automation.finished", _("Finished automation {automation_name}"), "check", "green", _link),
)
