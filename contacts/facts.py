"""The facts of a record as they are shown and edited in place, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from contacts.fieldkinds import kind_of
from contacts.inplace import Fact
from contacts.models import CustomField, FieldValue

if TYPE_CHECKING:
    from contacts.models import Account, Contact

CUSTOM = "fields."


def contact_facts(contact: Contact) -> list[Fact]:
    """What is known of a person, in the order of the page; custom fields stand in groups of their own."""
    account, owner = contact.account, contact.owner
    return [
        Fact("email", _("Email"), contact.email, f"mailto:{contact.email}"),
        Fact("first_name", _("First name"), contact.first_name),
        Fact("last_name", _("Last name"), contact.last_name),
        Fact("phone", _("Phone"), contact.phone, f"tel:{contact.phone}" if contact.phone else ""),
        Fact("account", _("Account"), account.name if account else "", account.get_absolute_url() if account else ""),
        Fact("job_title", _("Job title"), contact.job_title),
        Fact("city", _("City"), contact.city),
        Fact("country", _("Country"), contact.country),
        Fact("time_zone", _("Time zone"), contact.time_zone),
        Fact("owner", _("Owner"), owner.name if owner else ""),
    ]


def custom_facts(contact: Contact) -> list[tuple[str, list[Fact]]]:
    """The custom fields of a person under their groups, with or without a value; two queries."""
    held = dict(FieldValue.objects.filter(contact=contact).values_list("field_id", "text"))
    groups: dict[str, list[Fact]] = {}
    for field in CustomField.objects.all():
        if kind_of(field.kind).visible:
            groups.setdefault(field.group, []).append(custom_fact(field, held.get(field.pk, "")))
    return list(groups.items())


def custom_fact(field: CustomField, text: str) -> Fact:
    """One custom field as a fact."""
    return Fact(f"{CUSTOM}{field.key}", field.label, text)


def account_facts(account: Account) -> list[Fact]:
    """What is known of a company, in the order of the page."""
    return [
        Fact("name", _("Name"), account.name),
        Fact("domain", _("Domain"), account.domain),
        Fact("website", _("Website"), account.website, account.website),
        Fact("phone", _("Phone"), account.phone, f"tel:{account.phone}" if account.phone else ""),
        Fact("city", _("City"), account.city),
        Fact("country", _("Country"), account.country),
        Fact("owner", _("Owner"), account.owner.name if account.owner else ""),
    ]
