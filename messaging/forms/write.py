"""The form of a 1:1 email."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import escape, strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Contact

# A letter. Pasted pages and pictures in base64 are not.
MAX_HTML = 200_000


if TYPE_CHECKING:
    ContactField = forms.ModelChoiceField[Contact]
else:  # Django's own cannot be subscripted
    ContactField = forms.ModelChoiceField


class RecipientField(ContactField):
    """One of the people of a record, by name and address."""

    def label_from_instance(self, obj: Contact) -> str:
        return f"{obj.full_name} <{obj.email}>" if obj.full_name else obj.email


class WriteForm(forms.Form):
    """Subject and words; the recipient too where there are several to choose from."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=400)
    html = forms.CharField(label=gettext_lazy("Message"), max_length=MAX_HTML, required=False, strip=False)
    # Typed where scripts do not run and the editor cannot.
    plain = forms.CharField(max_length=MAX_HTML, required=False)
    track = forms.BooleanField(label=gettext_lazy("Track opens and clicks"), required=False, initial=True)

    def __init__(self, recipients: Sequence[Contact], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        everybody = Contact.objects.filter(pk__in=[one.pk for one in recipients])
        self.fields["contact"] = RecipientField(everybody, label=_("To"))
        if len(recipients) == 1:
            self.fields["contact"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if any(str(self.data.get(name, "")).strip() for name in ("cc", "bcc")):
            raise forms.ValidationError(
                _("Cc and Bcc are only possible with a connected mailbox. Send it to one person at a time here.")
            )
        plain = data.get("plain", "").strip()
        if plain and not strip_tags(data.get("html", "")).strip():
            paragraphs = escape(plain).replace("\r\n", "\n").replace("\n", "<br>")
            data["html"] = f"<div>{paragraphs}</div>"
        if not strip_tags(data.get("html", "")).replace("&nbsp;", " ").strip():
            self.add_error("html", _("Write something first."))
        return data

    def given_values(self) -> dict[str, str]:
        """What was typed for tags that say nothing: fields named `value:contact.first_name`."""
        prefix = "value:"
        return {
            name.removeprefix(prefix): str(value).strip()[:500]
            for name, value in self.data.items()
            if name.startswith(prefix) and str(value).strip()
        }
