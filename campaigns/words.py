"""The merge fields as the editor's menu offers them, and as its preview names them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import mergefields
from contacts.mergefields import MergeField
from contacts.models import CustomField

GROUPS = {
    "contact": gettext_lazy("Contact"),
    "custom": gettext_lazy("Custom fields"),
    "account": gettext_lazy("Account"),
    "list": gettext_lazy("List"),
    "sender": gettext_lazy("Sender"),
    "links": gettext_lazy("Links"),
}


def _fields() -> list[MergeField]:
    custom = [mergefields.custom_field(key, label) for key, label in CustomField.objects.values_list("key", "label")]
    return mergefields.all_fields(custom)


def merge_groups(*, links: bool = True) -> list[dict[str, Any]]:
    """The fields by group, as plain data: label, path, and the sample that a preview fills in."""
    found: dict[str, list[dict[str, str]]] = {}
    for field in _fields():
        if links or field.group != "links":
            entry = {"path": field.path, "label": str(field.label), "sample": str(field.sample)}
            found.setdefault(field.group, []).append(entry)
    order = [*GROUPS, *(group for group in found if group not in GROUPS)]
    return [{"label": str(GROUPS.get(group, _("More"))), "fields": found[group]} for group in order if group in found]


def merge_menu(*, links: bool = True) -> dict[str, Any]:
    """The personalisation menu as its script reads it."""
    words = {
        "open": _("Personalise"),
        "search": _("Search fields"),
        "fallback": _("If unknown, write"),
        "example": _("for example: there"),
        "nothing": _("No such field"),
    }
    return {"groups": merge_groups(links=links), "words": words}


def merge_labels() -> dict[str, str]:
    """What the preview writes for a field: `contact.first_name` → `First name`."""
    return {field.path: str(field.label) for field in _fields()}
