"""The form of a provider, put together from what its kind asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.actions.providers import ProviderSettings
from messaging.models import Provider
from messaging.providers import Field, ProviderKind

MAX_CONNECTIONS = 50


class ProviderForm(forms.Form):
    """Common settings, and the kind's own fields. Secrets are never shown again: empty keeps what is stored."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    broadcast = forms.BooleanField(
        label=gettext_lazy("Campaigns and automations leave by it"), required=False, initial=True
    )
    transactional = forms.BooleanField(
        label=gettext_lazy("Transactional and 1:1 mail leaves by it"), required=False, initial=True
    )
    messages_per_second = forms.IntegerField(
        label=gettext_lazy("Messages per second"),
        help_text=gettext_lazy("At most, by all workers together. 0: no limit."),
        min_value=0,
        max_value=100_000,
        initial=0,
    )
    max_connections = forms.IntegerField(
        label=gettext_lazy("Connections"),
        help_text=gettext_lazy("At most at once, of each worker process."),
        min_value=1,
        max_value=MAX_CONNECTIONS,
        initial=4,
    )

    def __init__(self, kind: ProviderKind, provider: Provider | None = None, **kwargs: Any) -> None:
        self.kind, self.provider = kind, provider
        super().__init__(initial=_initial(kind, provider), **kwargs)
        for field in kind.fields:
            self.fields[field.name] = _input(field, stored=provider is not None)
        if not kind.has_connections:
            del self.fields["max_connections"]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The kind's own inputs, in its order."""
        return [self[field.name] for field in self.kind.fields]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        others = Provider.objects.exclude(pk=self.provider.pk) if self.provider else Provider.objects.all()
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a provider of this name already."))
        return name

    def settings(self) -> ProviderSettings:
        """What was filled in, of a form that is valid."""
        data = self.cleaned_data
        # A number that was left empty has its default.
        own = {field.name: data[field.name] for field in self.kind.fields if not field.secret}
        own = {name: value for name, value in own.items() if value is not None}
        secrets = {field.name: data[field.name] for field in self.kind.fields if field.secret}
        return ProviderSettings(
            name=data["name"],
            config=own,
            secrets={name: value for name, value in secrets.items() if value},
            broadcast=data["broadcast"],
            transactional=data["transactional"],
            messages_per_second=data["messages_per_second"],
            max_connections=data.get("max_connections") or 4,
        )


class TestForm(forms.Form):
    """Where the test message goes; empty only connects and signs in."""

    __test__ = False

    to = forms.EmailField(label=gettext_lazy("Send a test message to"), required=False)


def _initial(kind: ProviderKind, provider: Provider | None) -> dict[str, Any]:
    if provider is None:
        return {"name": str(kind.label), **{field.name: field.initial for field in kind.fields if not field.secret}}
    common = ("name", "broadcast", "transactional", "messages_per_second", "max_connections")
    return {**provider.config, **{name: getattr(provider, name) for name in common}}


def _input(field: Field, *, stored: bool) -> forms.Field:
    if field.secret:
        help_text = _("Stored encrypted and not shown again. Leave it empty to keep it.") if stored else field.help
        return forms.CharField(
            label=field.label,
            help_text=help_text,
            required=field.required and not stored,
            max_length=5000,
            strip=True,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )
    common: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": field.required}
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **common)
    if field.input == "checkbox":
        return forms.BooleanField(**{**common, "required": False})
    if field.input == "number":
        return forms.IntegerField(min_value=1, max_value=65535, **common)
    return forms.CharField(max_length=500, **common)
