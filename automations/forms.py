"""Forms of automations that belong to no kind of step or trigger."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from automations.models import Automation


class NameForm(forms.Form):
    """An automation's name."""

    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"placeholder": _("Welcome series")})
    )


class EnrollForm(forms.Form):
    """Which automation to put a contact into by hand."""

    automation = forms.ModelChoiceField(
        Automation.objects.filter(status=Automation.Status.ACTIVE),
        label=_("Add to automation"),
        empty_label=_("Choose an automation"),
    )
