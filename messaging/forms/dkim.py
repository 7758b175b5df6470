"""The form of a new DKIM key."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DkimKeyForm(forms.Form):
    """Which algorithm, and under which selector; actions.dkim says what a selector may be."""

    algorithm = forms.ChoiceField(
        label=_("Algorithm"),
        choices=[
            ("rsa", _("RSA-2048: every receiver knows it")),
            ("ed25519", _("Ed25519: short and quick, beside an RSA key")),
        ],
        initial="rsa",
    )
    selector = forms.CharField(
        label=_("Selector"),
        help_text=_("The first part of the record's name. Empty: the next one of ours."),
        max_length=63,
        required=False,
    )
