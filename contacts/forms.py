"""Forms of people and companies."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts import fieldkinds
from contacts.inplace import account_input
from contacts.models import Account, Contact, CustomField, MailingList, User


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

    def _post_clean(self) -> None:
        """Make no instance and check no constraint: the action writes, and knows whose the address is."""


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new company."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Account
        fields = ("name", "domain", "website", "phone", "city", "country", "owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["autofocus"] = True

    def _post_clean(self) -> None:
        """Leave constraints to the action."""


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


class ListForm(forms.ModelForm):  # type: ignore[type-arg]
    """A mailing list."""

    class Meta:
        model = MailingList
        fields = ("name", "public_name", "description", "is_public", "double_opt_in")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "public_name": _("What recipients read; the name where this is empty."),
            "description": _("Tells recipients what they get."),
            "double_opt_in": _("Who signs up by a form must confirm by email first."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True


class FieldForm(forms.Form):
    """The definition of a custom field. The kind of one that exists stays."""

    label = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.key, kind.label) for kind in fieldkinds.KINDS])
    options = forms.CharField(
        label=_("Options"),
        required=False,
        help_text=_("One a line; for dropdown, radio buttons and multi-select."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    group = forms.CharField(
        label=_("Group"), max_length=80, required=False, help_text=_("Fields of a group stand together on the page.")
    )

    def __init__(self, *args: Any, defined: CustomField | None = None, **kwargs: Any) -> None:
        if defined is not None:
            kwargs["initial"] = {
                "label": defined.label,
                "kind": defined.kind,
                "options": "\n".join(defined.options),
                "group": defined.group,
            }
        super().__init__(*args, **kwargs)
        self.fields["kind"].disabled = defined is not None

    def clean_options(self) -> list[str]:
        """The options, one by one."""
        return [line.strip() for line in str(self.cleaned_data["options"]).splitlines() if line.strip()]
