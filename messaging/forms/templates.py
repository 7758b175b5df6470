"""The form of a transactional template."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TemplateForm(forms.Form):
    """A template's words, in Liquid."""

    subject = forms.CharField(label=_("Subject"), max_length=400)
    preheader = forms.CharField(label=_("Preheader"), max_length=400, required=False)
    html = forms.CharField(
        label=_("HTML"), widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false"}), strip=False
    )
    text = forms.CharField(
        label=_("Text part"),
        help_text=_("Empty: made from the HTML."),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        strip=False,
    )
