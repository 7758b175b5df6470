"""Forms of people and companies."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.inplace import account_input
from contacts.models import Account, Contact, User


def active_users() -> Any:
    """Who may own something."""
    return User.objects.filter(is_active=True).order_by("first_name", "last_name", "email")


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new contact. Whether the address is taken is the action's to say."""

    account_name = forms.CharField(label=_("Account"), max_length=255, required=False, widget=account_input())
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)

    class Meta:
        model = Contact
        fields = ("email", "first_name", "last_name", "phone", "job_title", "city", "country")

    field_order = ("email", "first_name", "last_name", "phone", "account_name", "job_title", "city", "country", "owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        self.fields["email"].widget.attrs["autofocus"] = True

    def validate_constraints(self) -> None:
        """Leave it to the action, which knows whose the address is."""


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new company."""

    class Meta:
        model = Account
        fields = ("name", "domain", "website", "phone", "city", "country", "owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        self.fields["website"] = model_field(Account, "website")
        self.fields["name"].widget.attrs["autofocus"] = True

    def validate_constraints(self) -> None:
        """Leave it to the action."""


def time_zone_field() -> forms.ChoiceField:
    """A choice among the time zones that this machine knows."""
    zones = sorted(available_timezones() - {"Factory", "localtime"})
    return forms.ChoiceField(choices=[("", "—"), *((zone, zone) for zone in zones)], required=False)


def owner_field() -> forms.Field:
    """A choice among active users, or nobody."""
    return forms.ModelChoiceField(queryset=active_users(), required=False, empty_label=_("Nobody"))


def model_field(model: type[Contact | Account], name: str) -> forms.Field:
    """The form field that belongs to a fact kept in a column."""
    options = {"assume_scheme": "https"} if name == "website" else {}
    field: forms.Field = model._meta.get_field(name).formfield(**options)  # type: ignore[union-attr, assignment, arg-type]
    return field


def contact_fact_field(key: str) -> forms.Field:
    """The form field for a fact of a contact (a key of `contacts.facts.contact_facts`)."""
    if key == "owner":
        return owner_field()
    if key == "account":
        return forms.CharField(max_length=255, required=False, widget=account_input())
    if key == "time_zone":
        return time_zone_field()
    return model_field(Contact, key)


def account_fact_field(key: str) -> forms.Field:
    """The form field for a fact of an account (a key of `contacts.facts.account_facts`)."""
    return owner_field() if key == "owner" else model_field(Account, key)
