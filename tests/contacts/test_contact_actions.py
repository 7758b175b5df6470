"""Writing people: one fact at a time, each with its entry in the log, never two people with one address."""

from __future__ import annotations

import pytest

from contacts.actions.accounts import AccountNameTaken, account_for, create_account, delete_account, update_account
from contacts.actions.contacts import (
    EmailTaken,
    assign_account,
    create_contact,
    delete_contact,
    set_owner,
    update_contact,
)
from contacts.models import Account, Activity, Contact, User

pytestmark = pytest.mark.django_db


def kinds_of(contact: Contact) -> list[str]:
    return list(Activity.objects.filter(contact=contact).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def alice() -> User:
    return User.objects.create(email="alice@team.example", first_name="Alice", role="sales")


def test_a_new_contact_is_written_with_its_activity(alice: User) -> None:
    contact = create_contact(email=" ada@example.com ", facts={"first_name": "Ada"}, source="manual", by=alice)
    assert (contact.email, contact.first_name) == ("ada@example.com", "Ada")
    entry = Activity.objects.get(contact=contact)
    assert (entry.kind, entry.by, entry.data) == ("contact.created", alice, {"source": "manual"})


def test_an_address_belongs_to_one_contact_whatever_its_case(alice: User) -> None:
    first = create_contact(email="ada@example.com", by=alice)
    with pytest.raises(EmailTaken) as refusal:
        create_contact(email="Ada@Example.COM", by=alice)
    assert refusal.value.contact == first
    other = create_contact(email="grace@example.com", by=alice)
    with pytest.raises(EmailTaken):
        update_contact(contact=other, field="email", value="ADA@example.com", by=alice)
    assert Contact.objects.get(pk=other.pk).email == "grace@example.com"


def test_a_fact_is_changed_once_and_the_log_says_from_what_to_what(alice: User) -> None:
    contact = create_contact(email="ada@example.com", facts={"city": "London"}, by=alice)
    update_contact(contact=contact, field="city", value=" Berlin ", by=alice)
    update_contact(contact=contact, field="city", value="Berlin", by=alice)
    assert kinds_of(contact) == ["contact.created", "contact.updated"]
    entry = Activity.objects.get(kind="contact.updated")
    assert entry.data == {"field": "city", "label": "City", "old": "London", "new": "Berlin"}


def test_two_editors_of_different_facts_do_not_undo_each_other(alice: User) -> None:
    contact = create_contact(email="ada@example.com", by=alice)
    stale = Contact.objects.get(pk=contact.pk)
    update_contact(contact=contact, field="city", value="Berlin", by=alice)
    update_contact(contact=stale, field="phone", value="+49 30 1", by=alice)
    now = Contact.objects.get(pk=contact.pk)
    assert (now.city, now.phone) == ("Berlin", "+49 30 1")


def test_what_is_no_fact_cannot_be_set(alice: User) -> None:
    contact = create_contact(email="ada@example.com", by=alice)
    with pytest.raises(ValueError, match="score"):
        update_contact(contact=contact, field="score", value="99", by=alice)


def test_owner_and_account_are_logged_once(alice: User) -> None:
    contact = create_contact(email="ada@example.com", by=alice)
    account = create_account(name="Northwind", by=alice)
    for _ in range(2):
        set_owner(contact=contact, owner=alice, by=alice)
        assign_account(contact=contact, account=account, by=alice)
    other = account_for(name="Contoso", by=alice)
    assign_account(contact=contact, account=other, by=alice)
    assert kinds_of(contact) == [
        "contact.created",
        "contact.owner_changed",
        "contact.account_assigned",
        "contact.account_left",
        "contact.account_assigned",
    ]
    assert Activity.objects.filter(account=account, kind="contact.account_left").exists()


def test_a_deleted_contact_leaves_an_entry_and_nothing_else(alice: User) -> None:
    contact = create_contact(email="ada@example.com", by=alice)
    pk = contact.pk
    for _ in range(2):
        delete_contact(contact=Contact(pk=pk), by=alice)
    assert not Contact.objects.exists()
    assert list(Activity.objects.values_list("kind", "data")) == [("contact.deleted", {"deleted_id": pk})]


def test_an_account_has_one_name_whatever_its_case_and_its_people_outlive_it(alice: User) -> None:
    account = create_account(name="Northwind", facts={"city": "Oslo"}, by=alice)
    with pytest.raises(AccountNameTaken):
        create_account(name="NORTHWIND", by=alice)
    assert account_for(name="northwind", by=alice) == account
    other = create_account(name="Contoso", by=alice)
    with pytest.raises(AccountNameTaken):
        update_account(account=other, field="name", value="northWind", by=alice)
    contact = create_contact(email="ada@example.com", account=account, by=alice)
    delete_account(account=account, by=alice)
    assert Contact.objects.get(pk=contact.pk).account is None
    assert not Account.objects.filter(pk=account.pk).exists()
