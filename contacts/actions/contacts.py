"""Writes of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from contacts import kinds
from contacts.activity import Entry, record, record_many
from contacts.models import Account, Contact

if TYPE_CHECKING:
    from contacts.models import User

# The facts of a contact that people write, in the order of the page.
FACTS = ("email", "first_name", "last_name", "phone", "job_title", "city", "country", "time_zone")


class EmailTaken(Exception):
    """Another contact has this address already, in whatever case. `contact` is that one."""

    permanent = True

    def __init__(self, contact: Contact | None) -> None:
        super().__init__("another contact has this email address")
        self.contact = contact


def _holder_of(email: str) -> Contact | None:
    """Who has an address, whatever its case."""
    return cast("Contact | None", Contact.objects.alias(lower=Lower("email")).filter(lower=email.lower()).first())


@transaction.atomic
def create_contact(
    *,
    email: str,
    facts: Mapping[str, str] | None = None,
    account: Account | None = None,
    owner: User | None = None,
    source: str = "",
    by: User | None,
) -> Contact:
    """Add a person. `facts` are of FACTS. Raises EmailTaken."""
    email = email.strip()
    kept = {name: value for name, value in (facts or {}).items() if name in FACTS and name != "email"}
    try:
        with transaction.atomic():
            contact = Contact.objects.create(email=email, account=account, owner=owner, source=source, **kept)
    except IntegrityError:
        raise EmailTaken(_holder_of(email)) from None
    record(kinds.CONTACT_CREATED.key, by=by, contact_id=contact.pk, account_id=contact.account_id, source=source)
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, field: str, value: str, by: User | None) -> Contact:
    """Set one of FACTS. Setting what it is already writes nothing. Raises EmailTaken, ValueError (no such fact)."""
    if field not in FACTS:
        raise ValueError(f"{field!r} is not a fact of a contact")
    held = _held(contact)
    old, value = getattr(held, field), value.strip()
    setattr(contact, field, value)
    if old == value:
        return contact
    setattr(held, field, value)
    _save(held, field)
    _record_update(held, field, old, value, by)
    return contact


def _held(contact: Contact) -> Contact:
    """The contact as it is now, locked until the end of the transaction."""
    return cast(Contact, Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk))


def _save(contact: Contact, field: str) -> None:
    """Write one fact; another contact's address is refused by the database."""
    try:
        with transaction.atomic():
            contact.save(update_fields=[field, "updated_at"])
    except IntegrityError:
        raise EmailTaken(_holder_of(contact.email)) from None


def _record_update(contact: Contact, field: str, old: str, new: str, by: User | None) -> None:
    """Log a changed fact as people read it."""
    label = str(Contact._meta.get_field(field).verbose_name).capitalize()  # type: ignore[union-attr]
    facts: dict[str, Any] = {"field": field, "label": label, "old": old, "new": new}
    record(kinds.CONTACT_UPDATED.key, by=by, contact_id=contact.pk, **facts)


@transaction.atomic
def set_owner(*, contact: Contact, owner: User | None, by: User | None, hops: int = 0) -> Contact:
    """Make a user responsible for a contact, or nobody."""
    changed = Contact.objects.filter(pk=contact.pk).exclude(owner=owner).update(owner=owner)
    contact.owner = owner
    if changed:
        record(
            kinds.OWNER_CHANGED.key,
            by=by,
            contact_id=contact.pk,
            hops=hops,
            owner_id=owner.pk if owner else None,
            owner_name=owner.name if owner else "",
        )
    return contact


@transaction.atomic
def assign_account(*, contact: Contact, account: Account | None, by: User | None) -> Contact:
    """Say which account a contact works for, or that it is none any more."""
    held = _held(contact)
    before = held.account
    contact.account = account
    if before == account:
        return contact
    Contact.objects.filter(pk=contact.pk).update(account=account)
    if before:
        _record_account(kinds.ACCOUNT_LEFT.key, contact, before, by)
    if account:
        _record_account(kinds.ACCOUNT_ASSIGNED.key, contact, account, by)
    return contact


def _record_account(kind: str, contact: Contact, account: Account, by: User | None) -> None:
    """Log that a contact came to an account or left it; the entry shows on both streams."""
    facts = {"account_id": account.pk, "account_name": account.name}
    record_many([Entry(kind, contact_id=contact.pk, account_id=account.pk, data=facts)], by=by)


@transaction.atomic
def delete_contact(*, contact: Contact, by: User | None) -> None:
    """Delete a person with everything that hangs on them. Deleting twice changes nothing."""
    pk = contact.pk
    deleted, _ = Contact.objects.filter(pk=pk).delete()
    if deleted:
        record(kinds.CONTACT_DELETED.key, by=by, deleted_id=pk)
