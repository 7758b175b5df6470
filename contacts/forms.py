"""Forms of people and companies."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from contacts.models import Account, Contact, User


def offering_input(url_name: str, options: str) -> forms.TextInput:
    """A text field that offers what the server knows while one types, in the <datalist> with the id `options`."""
    asks = {"hx-get": reverse_lazy(url_name), "hx-trigger": "input changed delay:150ms", "hx-swap": "innerHTML"}
    target = {"hx-target": f"#{options}", "hx-sync": "this:replace", "hx-push-url": "false"}
    return forms.TextInput(attrs={"list": options, "autocomplete": "off", **asks, **target})


def account_input() -> forms.TextInput:
    """A text field for an account's name, which offers those that exist."""
    return offering_input("contacts:account_names", "account-options")


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


class FactForm(forms.Form):
    """One fact, edited in place: a single field named `value`."""

    def __init__(self, field: forms.Field, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field.label = label or field.label
        css = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        if isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
            css = "form-check-input"
        field.widget.attrs |= {"autofocus": True, "aria-label": str(field.label), "class": css}
        self.fields["value"] = field


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
