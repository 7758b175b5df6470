"""Forms of the settings pages."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Organization, Role, User

# Names of places only: "Etc/GMT+3" and the like mean the opposite of what people think.
ZONES = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone and zone[:3] != "Etc"]
ZONE_CHOICES = [("UTC", "UTC"), *ZONES]


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("Email"), max_length=254)
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.SALES)


class RoleForm(forms.Form):
    """A user's role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """What a user says about themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=ZONE_CHOICES)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "job_title", "phone", "time_zone")


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Who sends."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=ZONE_CHOICES)

    class Meta:
        model = Organization
        fields = (
            "name",
            "website",
            "postal_address",
            "default_from_name",
            "default_from_email",
            "time_zone",
            "default_currency",
        )
        help_texts = {
            "postal_address": _("Stands in the footer of every campaign: the law asks for it."),
            "default_from_email": _("New campaigns start with it. It must be verified under Sending addresses."),
        }
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3})}

    def clean_default_currency(self) -> Any:
        """Three capital letters (ISO 4217)."""
        currency = self.cleaned_data["default_currency"].upper()
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
            raise forms.ValidationError(_("Use the three letters of the currency, such as EUR."))
        return currency
