"""A contact becomes active on a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.definition import Trigger
from automations.triggers.base import TriggerKind
from contacts.models import MailingList

if TYPE_CHECKING:
    from contacts.models import Activity


class ListSubscribedForm(forms.Form):
    """Which list, or any."""

    mailing_list = forms.ModelChoiceField(
        MailingList.objects.all(), label=gettext_lazy("List"), required=False, empty_label=gettext_lazy("Any list")
    )
    runs = forms.ChoiceField(
        label=gettext_lazy("Runs"),
        choices=[("once", gettext_lazy("Once for each contact")), ("every", gettext_lazy("Every time"))],
        initial="once",
    )

    def config(self) -> dict[str, Any]:
        """The list's id and its name as it was, for describing."""
        chosen = self.cleaned_data["mailing_list"]
        return {"list_id": chosen.pk, "list_name": chosen.name} if chosen else {}


class ListSubscribed(TriggerKind):
    """Hears `list.subscribed`, which is written when somebody becomes active: not while unconfirmed."""

    key = "list_subscribed"
    title = gettext_lazy("Subscribes to a list")
    icon = "user-plus"
    activity_kind = "list.subscribed"

    def matches(self, activity: Activity, config: dict[str, Any]) -> bool:
        """The list asked for, or any."""
        return config.get("list_id") in (None, activity.data.get("list_id"))

    def describe(self, config: dict[str, Any]) -> str:
        """Such as "Subscribes to Newsletter"."""
        name = config.get("list_name")
        return _("Subscribes to “%(list)s”") % {"list": name} if name else _("Subscribes to any list")

    def form(self, trigger: Trigger, data: Any = None) -> ListSubscribedForm:
        """The list, and how often."""
        initial = {"mailing_list": trigger.config.get("list_id"), "runs": trigger.runs}
        return ListSubscribedForm(data, initial=initial)
