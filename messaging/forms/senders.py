"""Forms of sender addresses, domains and suppressions."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Suppression

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class SenderAddressForm(forms.Form):
    """A From address to be verified by mail."""

    email = forms.EmailField(label=gettext_lazy("Address"), max_length=254)


class SendingDomainForm(forms.Form):
    """A domain to be verified by a TXT record."""

    domain = forms.CharField(label=gettext_lazy("Domain"), max_length=253)

    def clean_domain(self) -> str:
        name: str = self.cleaned_data["domain"].strip().lower().rstrip(".").removeprefix("@")
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise forms.ValidationError(_("This is not the name of a domain.")) from error
        if not _DOMAIN.fullmatch(name):
            raise forms.ValidationError(_("This is not the name of a domain."))
        return name


class SuppressionForm(forms.Form):
    """An address for the exclusion list."""

    address = forms.EmailField(label=gettext_lazy("Address"), max_length=254)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, required=False)


class LiftForm(forms.Form):
    """Why an address may get mail again."""

    reason = forms.CharField(label=gettext_lazy("Why may mail go there again?"), max_length=500)


class SuppressionFilter(forms.Form):
    """What the list of suppressions shows."""

    q = forms.CharField(required=False, max_length=254)
    kind = forms.ChoiceField(required=False, choices=[("", gettext_lazy("Any kind")), *Suppression.Kind.choices])
