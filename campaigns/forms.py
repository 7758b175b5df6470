"""Forms of the steps to a campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions import Details, OwnHtml
from campaigns.models import Campaign
from contacts.look import compact_number
from contacts.models import MailingList
from messaging.senders import is_verified


class ListsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Lists, each with the number of people active on it."""

    def label_from_instance(self, obj: Any) -> str:
        """`Newsletter (1.2k)`."""
        return f"{obj.name} ({compact_number(obj.active)})"


def _lists() -> Any:
    active = Count("subscriptions", filter=Q(subscriptions__status="active"))
    return MailingList.objects.annotate(active=active).order_by("name")


class AudienceForm(forms.Form):
    """Step one: what it is called and whom it goes to."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("For your team; recipients never see it.")
    )
    lists = ListsField(label=gettext_lazy("Send to"), queryset=MailingList.objects.none())
    excluded_lists = ListsField(
        label=gettext_lazy("Leave out"),
        queryset=MailingList.objects.none(),
        required=False,
        help_text=gettext_lazy("Whoever stands on one of these lists, whatever the status there, gets nothing."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = _lists()
        for name in ("lists", "excluded_lists"):
            self.fields[name].queryset = lists  # type: ignore[attr-defined]

    def details(self) -> Details:
        """What was chosen."""
        values = self.cleaned_data
        return Details(name=values["name"], lists=values["lists"], excluded_lists=values["excluded_lists"])


class SenderForm(forms.Form):
    """Step two: what stands in the inbox."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=400)
    preheader = forms.CharField(
        label=gettext_lazy("Preheader"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("The words that inboxes show behind the subject."),
    )
    from_name = forms.CharField(label=gettext_lazy("From name"), max_length=200, required=False)
    from_email = forms.EmailField(label=gettext_lazy("From address"))
    reply_to = forms.EmailField(
        label=gettext_lazy("Reply-to"),
        required=False,
        help_text=gettext_lazy("Empty: answers go to the From address."),
    )
    track_opens = forms.BooleanField(label=gettext_lazy("Track opens"), required=False)
    track_clicks = forms.BooleanField(label=gettext_lazy("Track clicks"), required=False)

    @property
    def from_warning(self) -> str:
        """What is wrong with the From address that is there now, if anything: it blocks sending, not saving."""
        address = str(self["from_email"].value() or "")
        if not address or "@" not in address or is_verified(address):
            return ""
        return _("This address is not verified yet: nothing can be sent in its name until it is.")

    def details(self) -> Details:
        """What was written."""
        return Details(**self.cleaned_data)


class OwnHtmlForm(forms.Form):
    """Content written by hand."""

    html = forms.CharField(label=gettext_lazy("HTML"), required=False, widget=forms.Textarea, max_length=500_000)
    text = forms.CharField(
        label=gettext_lazy("Text part"),
        required=False,
        widget=forms.Textarea,
        max_length=200_000,
        help_text=gettext_lazy("Empty: made from the HTML."),
    )

    def content(self) -> OwnHtml:
        """What was written."""
        return OwnHtml(self.cleaned_data["html"], self.cleaned_data["text"])


class ScheduleForm(forms.Form):
    """A day and a time in the user's zone."""

    on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    at = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone or "UTC")

    def clean(self) -> dict[str, Any]:
        """The moment must lie ahead."""
        values = super().clean() or {}
        if "on" in values and "at" in values:
            values["moment"] = datetime.combine(values["on"], values["at"], self.zone).astimezone(UTC)
            if values["moment"] <= timezone.now():
                self.add_error("at", _("This time has passed."))
        return values


def audience_initial(campaign: Campaign) -> dict[str, Any]:
    """The first step as it was left."""
    return {
        "name": campaign.name,
        "lists": list(campaign.lists.all()),
        "excluded_lists": list(campaign.excluded_lists.all()),
    }


def sender_initial(campaign: Campaign) -> dict[str, Any]:
    """The second step as it was left."""
    return {name: getattr(campaign.mailing, name) for name in SenderForm.base_fields}
