"""The socket by which every floor names the fields that a template may use.

A merge field has a sample, so that a preview needs no contact. Fields that an administrator defines
(`contact.fields.<key>`) are not registered: they are added per call, since they live in rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class MergeField:
    """A name that templates may use, with what a picker shows and what a preview fills in."""

    path: str
    label: str | StrPromise
    sample: object = ""
    group: str = "contact"


_fields: dict[str, MergeField] = {}


def register(*fields: MergeField) -> None:
    """Add fields; called from an AppConfig's `ready` or where a module is loaded. Twice changes nothing."""
    for field in fields:
        _fields.setdefault(field.path, field)


def all_fields(custom: Iterable[MergeField] = ()) -> list[MergeField]:
    """Every registered field in the order of registration, then the given custom ones."""
    return [*_fields.values(), *custom]


def paths(custom_keys: Iterable[str] = ()) -> frozenset[str]:
    """The dotted names of all registered fields and of the custom fields with these keys."""
    return frozenset(_fields) | {f"contact.fields.{key}" for key in custom_keys}


def custom_field(key: str, label: str = "", sample: object = "") -> MergeField:
    """The merge field of a custom field."""
    return MergeField(f"contact.fields.{key}", label or key, sample or label or key, "custom")


def sample_context(custom: Iterable[MergeField] = ()) -> dict[str, Any]:
    """The samples as nested dictionaries, the shape a template is filled from."""
    context: dict[str, Any] = {}
    for field in all_fields(custom):
        *parents, last = field.path.split(".")
        place = context
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = field.sample
    return context


register(
    MergeField("contact.first_name", _("First name"), "Ada"),
    MergeField("contact.last_name", _("Last name"), "Lovelace"),
    MergeField("contact.full_name", _("Full name"), "Ada Lovelace"),
    MergeField("contact.email", _("Email"), "ada@example.com"),
    MergeField("contact.phone", _("Phone"), "+44 20 7946 0000"),
    MergeField("contact.job_title", _("Job title"), "Analyst"),
    MergeField("contact.city", _("City"), "London"),
    MergeField("contact.country", _("Country"), "United Kingdom"),
    MergeField("contact.score", _("Score"), 12),
    MergeField("contact.tags", _("Tags"), ["customer", "early adopter"]),
    MergeField("account.name", _("Account name"), "Analytical Engines Ltd", "account"),
    MergeField("list.name", _("List name"), "Newsletter", "list"),
)
