"""What a recipient's message is filled with: values of the contact, its account, fields, tags, list and sender."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Account, Contact, ContactTag, CustomField, FieldValue, Tag, User
from messaging.actions.compose import queue_message
from messaging.outbox.drain import drain_lane
from messaging.rendering import contact_values
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts


@pytest.fixture
def ada(db: None) -> Contact:
    """A contact of whom everything is known."""
    account = Account.objects.create(name="Analytical Engines", domain="engines.example")
    ada = Contact.objects.create(email="ada@example.com", first_name="Ada", last_name="Lovelace", account=account)
    plan = CustomField.objects.create(key="plan", label="Plan")
    FieldValue.objects.create(contact=ada, field=plan, text="gold")
    for name in ("zebra", "early adopter"):
        ContactTag.objects.create(contact=ada, tag=Tag.objects.create(name=name))
    return ada


def test_all_groups_of_a_contact(ada: Contact) -> None:
    paths = {"contact.full_name", "contact.email", "contact.fields.plan", "contact.tags", "account.name"}
    assert contact_values([ada.pk], paths)[ada.pk] == {
        "contact": {
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "full_name": "Ada Lovelace",
            "fields": {"plan": "gold"},
            "tags": ["early adopter", "zebra"],
        },
        "account": {"name": "Analytical Engines"},
    }


def test_what_is_unknown_is_nothing(ada: Contact) -> None:
    stranger = Contact.objects.create(email="b@example.com")
    values = contact_values([stranger.pk], {"contact.fields.plan", "contact.fields.gone", "account.name"})[stranger.pk]
    assert values == {"contact": {"fields": {"gone": None, "plan": None}}, "account": {"name": None}}


@pytest.mark.parametrize("paths", [set(), {"list.name", "sender.name"}, {"contact.no_such_column"}])
def test_names_that_are_no_columns_ask_for_none(ada: Contact, paths: set[str]) -> None:
    assert not contact_values([ada.pk], paths).get(ada.pk, {}).get("contact", {})


def test_a_batch_costs_the_same_queries_as_one(ada: Contact, django_assert_num_queries: Any) -> None:
    others = Contact.objects.bulk_create(Contact(email=f"c{number}@example.com") for number in range(50))
    with django_assert_num_queries(2):
        contact_values([ada.pk, *(one.pk for one in others)], {"contact.city", "contact.fields.plan", "contact.tags"})


@pytest.mark.django_db(transaction=True)
def test_a_personal_message_is_from_its_user_and_carries_no_list_headers(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    sam = User.objects.create_user("sam@example.com", first_name="Sam", last_name="Example")
    contact = Contact.objects.create(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    mailing = blasts.make_mailing(
        purpose="one_to_one", origin="user", subject="Hello", html="<p>{{ contact.first_name }}: {{ sender.name }}</p>"
    )
    queue_message(mailing=mailing, contact=contact, lane="one_to_one", user=sam, by=sam)
    drain_lane("one_to_one")
    mail = smtp_server.received[0].message
    assert mail["From"] == "Sam Example <sam@example.com>"
    assert mail["To"] == "Ada Lovelace <ada@example.com>"
    assert mail["Message-ID"].endswith("@example.com>")
    assert not [name for name in mail if name.startswith("List-")]
    body: Any = mail.get_body(("html",))
    assert "Ada: Sam Example" in body.get_content()


@pytest.mark.django_db(transaction=True)
def test_a_callers_own_values_fill_the_fields_that_the_mailing_allows(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.make_mailing(
        purpose="transactional",
        origin="api",
        subject="Order {{ data.number }}",
        html="<p>Order {{ data.number }}</p>",
        extra_fields=["data.*"],
    )
    queue_message(
        mailing=mailing, address="a@b.example", lane="transactional", context={"data": {"number": 7}}, by=None
    )
    drain_lane("transactional")
    assert smtp_server.received[0].message["Subject"] == "Order 7"
