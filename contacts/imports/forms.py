"""Forms of the import's pages."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions.tags import InvalidTag, clean_name
from contacts.imports.detect import ENCODINGS
from contacts.imports.plan import Plan
from contacts.models import MailingList

_MARKS = {",": gettext_lazy("Comma"), ";": gettext_lazy("Semicolon"), "\t": gettext_lazy("Tab"), "|": "|"}


def largest_file() -> int:
    """How large an uploaded file may be, in bytes (IMPORT_MAX_MB)."""
    return int(settings.IMPORT_MAX_MB) * 1024 * 1024


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(label=gettext_lazy("CSV file"), allow_empty_file=False)

    def clean_file(self) -> File[bytes]:
        """Refuse what is too large, and workbooks, which people take for CSV."""
        file: File[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > largest_file():
            words = {"size": filesizeformat(file.size or 0), "most": filesizeformat(largest_file())}
            raise forms.ValidationError(_("The file has %(size)s; at most %(most)s are taken.") % words)
        start = file.read(4)
        file.seek(0)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise forms.ValidationError(_("This is a workbook. In your spreadsheet, choose “Save as” and then CSV."))
        return file


class FormatForm(forms.Form):
    """How the file is written, where the guess is wrong."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=gettext_lazy("Cells are set apart by"), choices=())
    has_header = forms.BooleanField(label=gettext_lazy("The first row holds the names of columns"), required=False)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(encoding=plan.encoding, has_header=plan.has_header)
        marks = _MARKS if plan.delimiter in _MARKS else {**_MARKS, plan.delimiter: plan.delimiter}
        # A tab as the value of an option does not survive every browser.
        self.fields["delimiter"].choices = [(_name(mark), label) for mark, label in marks.items()]  # type: ignore[attr-defined]
        self.initial["delimiter"] = _name(plan.delimiter)

    def clean_delimiter(self) -> str:
        """The character behind the name."""
        name = str(self.cleaned_data["delimiter"])
        return "\t" if name == "tab" else name


class OptionsForm(forms.Form):
    """Whom the people join, what they are tagged, and whether the known ones are changed."""

    lists = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Lists"), queryset=MailingList.objects.all(), required=False
    )
    new_list = forms.CharField(label=gettext_lazy("Or make a new list"), max_length=150, required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("For everybody in the file; several with commas between them."),
    )
    update = forms.TypedChoiceField(
        label=gettext_lazy("People who are here already"),
        choices=[("1", gettext_lazy("Update them")), ("", gettext_lazy("Only add new people"))],
        coerce=bool,
        required=False,
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label=gettext_lazy("These people agreed to receive my email, and I can show it."), required=False
    )

    def clean_tags(self) -> list[str]:
        """The tags, one by one."""
        try:
            return [clean_name(part) for part in re.split(r"[,;|]", self.cleaned_data["tags"]) if part.strip()]
        except InvalidTag as error:
            raise forms.ValidationError(_("“%(tag)s” cannot be a tag.") % {"tag": str(error)[:80]}) from None

    def clean(self) -> dict[str, Any]:
        """Lists need consent."""
        cleaned = super().clean() or {}
        wants_lists = bool(cleaned.get("lists")) or bool(cleaned.get("new_list"))
        if wants_lists and not cleaned.get("consent"):
            self.add_error("consent", _("Confirm it, or choose no list: people are then imported without subscribing."))
        return cleaned


def _name(mark: str) -> str:
    return "tab" if mark == "\t" else mark
