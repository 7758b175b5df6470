"""Writes of companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from contacts import kinds
from contacts.activity import record
from contacts.models import Account

if TYPE_CHECKING:
    from contacts.models import User

# The facts of an account that people write, in the order of the page.
FACTS = ("name", "domain", "website", "phone", "city", "country")


class AccountNameTaken(Exception):
    """Another account has this name already, in whatever case."""

    permanent = True


def account_named(name: str) -> Account | None:
    """The account with this name, whatever its case."""
    return cast("Account | None", Account.objects.alias(lower=Lower("name")).filter(lower=name.strip().lower()).first())


@transaction.atomic
def create_account(
    *, name: str, facts: Mapping[str, str] | None = None, owner: User | None = None, by: User | None
) -> Account:
    """Add a company. `facts` are of FACTS. Raises AccountNameTaken."""
    kept = {key: value for key, value in (facts or {}).items() if key in FACTS and key != "name"}
    try:
        with transaction.atomic():
            account = Account.objects.create(name=name.strip(), owner=owner, **kept)
    except IntegrityError:
        raise AccountNameTaken from None
    record(kinds.ACCOUNT_CREATED.key, by=by, account_id=account.pk)
    return account


@transaction.atomic
def account_for(*, name: str, by: User | None) -> Account:
    """The account with this name, made when there is none: for forms where a company is typed in passing."""
    found = account_named(name)
    if found:
        return found
    try:
        return create_account(name=name, by=by)
    except AccountNameTaken:  # somebody else made it in this very moment
        return cast(Account, account_named(name))


@transaction.atomic
def update_account(*, account: Account, field: str, value: str, by: User | None) -> Account:
    """Set one of FACTS. Setting what it is already writes nothing. Raises AccountNameTaken, ValueError."""
    if field not in FACTS:
        raise ValueError(f"{field!r} is not a fact of an account")
    held = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    old, value = getattr(held, field), value.strip()
    setattr(account, field, value)
    if old == value:
        return account
    setattr(held, field, value)
    try:
        with transaction.atomic():
            held.save(update_fields=[field, "updated_at"])
    except IntegrityError:
        raise AccountNameTaken from None
    label = str(Account._meta.get_field(field).verbose_name).capitalize()  # type: ignore[union-attr]
    record(kinds.ACCOUNT_UPDATED.key, by=by, account_id=account.pk, field=field, label=label, old=old, new=value)
    return account


@transaction.atomic
def set_account_owner(*, account: Account, owner: User | None, by: User | None) -> Account:
    """Make a user responsible for an account, or nobody."""
    changed = Account.objects.filter(pk=account.pk).exclude(owner=owner).update(owner=owner)
    account.owner = owner
    if changed:
        record(
            kinds.ACCOUNT_OWNER_CHANGED.key,
            by=by,
            account_id=account.pk,
            owner_id=owner.pk if owner else None,
            owner_name=owner.name if owner else "",
        )
    return account


@transaction.atomic
def delete_account(*, account: Account, by: User | None) -> None:
    """Delete a company; its people and deals stay, without it. Deleting twice changes nothing."""
    pk = account.pk
    deleted, _ = Account.objects.filter(pk=pk).delete()
    if deleted:
        record(kinds.ACCOUNT_DELETED.key, by=by, deleted_id=pk)
