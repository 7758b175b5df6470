"""Yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fieldkinds.base import EMPTY, PLAIN, BadValue, FieldKind, Reading, Value

YES_WORDS = (
    "yes y true t 1 x on ok checked ✓ ✔ ja j oui o si sí s sim da да tak ano evet e kyllä igen はい 是"
    " subscribed active opted-in opt-in"
)
NO_WORDS = (
    "no n false f 0 off none unchecked - – nein non não nao nie nee nej nu ne нет hayır hayir h ei nem いいえ 否"
    " unsubscribed inactive opted-out opt-out"
)
YES, NO = frozenset(YES_WORDS.split()), frozenset(NO_WORDS.split())


def read_yes(text: str) -> bool | None:
    """Whether a text says yes, in a dozen languages; None when it says neither."""
    lowered = text.lower()
    return True if lowered in YES else False if lowered in NO else None


class Checkbox(FieldKind):
    """Yes or no."""

    key = "checkbox"
    label = gettext_lazy("Checkbox")
    icon = "checkbox"

    def parse(self, text: str, reading: Reading = PLAIN) -> Value:
        if not text:
            return EMPTY
        said = read_yes(text)
        if said is None:
            raise BadValue(_("neither yes nor no"))
        return Value("yes" if said else "no")

    def form_field(self, options: Sequence[str] = ()) -> forms.Field:
        return forms.ChoiceField(required=False, choices=[("", "—"), ("yes", _("Yes")), ("no", _("No"))])
