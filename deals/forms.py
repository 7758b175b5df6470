"""Forms of deals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.inplace import account_input, contact_input
from contacts.models import User
from deals.models import Deal, Stage


def active_users() -> Any:
    """Who may own a deal."""
    return User.objects.filter(is_active=True).order_by("first_name", "last_name", "email")


def owner_field() -> forms.ModelChoiceField[Any]:
    """A choice among active users, or nobody."""
    return forms.ModelChoiceField(label=_("Owner"), queryset=active_users(), required=False, empty_label=_("Nobody"))


def value_field() -> forms.DecimalField:
    """An amount, never below zero."""
    return forms.DecimalField(label=_("Value"), max_digits=14, decimal_places=2, min_value=Decimal(0), required=False)


def close_field() -> forms.DateField:
    """The day on which the deal is expected to be decided."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=_("Expected close"), required=False, widget=widget)


class DealForm(forms.Form):
    """A new deal. The contact is named by address, the account by name; both are offered while one types."""

    title = forms.CharField(label=_("Title"), max_length=255)
    value = value_field()
    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none(), empty_label=None)
    contact = forms.EmailField(label=_("Contact"), required=False, widget=contact_input())
    account = forms.CharField(label=_("Account"), max_length=255, required=False, widget=account_input())
    expected_close_on = close_field()
    owner = owner_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = Stage.objects.select_related("pipeline").order_by(
            "pipeline__position", "pipeline_id", "position", "pk"
        )
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]
        self.fields["stage"].label_from_instance = _stage_label  # type: ignore[attr-defined]
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        self.fields["title"].widget.attrs["autofocus"] = True

    def clean_value(self) -> Decimal:
        """Nothing typed means nothing known yet."""
        return self.cleaned_data["value"] or Decimal(0)


def _stage_label(stage: Stage) -> str:
    """A stage with its pipeline."""
    return f"{stage.pipeline.name}: {stage.name}"


class ParticipantForm(forms.Form):
    """One more contact of a deal."""

    contact = forms.EmailField(label=_("Contact"), widget=contact_input())
    role = forms.CharField(label=_("Role"), max_length=80, required=False)


class LossForm(forms.Form):
    """Why a deal was lost."""

    reason = forms.CharField(label=_("Why was it lost?"), max_length=255, required=False)


def deal_fact_field(key: str) -> forms.Field:
    """The form field for a fact of a deal (a key of `deals.facts.deal_facts`)."""
    fields: dict[str, forms.Field] = {
        "owner": owner_field(),
        "value": value_field(),
        "expected_close_on": close_field(),
        "account": forms.CharField(max_length=255, required=False, widget=account_input()),
    }
    return fields.get(key) or forms.CharField(max_length=Deal._meta.get_field("title").max_length or 255)
