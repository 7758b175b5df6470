"""A contact's page: facts edited in place, tags, lists, and what other apps put there."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contacts.actions.accounts import create_account
from contacts.actions.contacts import create_contact
from contacts.actions.fields import create_field
from contacts.actions.lists import create_list, subscribe
from contacts.activity import Entry, record_many
from contacts.models import Activity, Contact, FieldValue, Subscription
from tests.contacts.test_overview import CountedQueries
from tests.fixtures.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(db: None) -> Contact:
    facts = {"first_name": "Ada", "last_name": "Lovelace", "phone": "+44 20 1", "job_title": "Analyst"}
    return create_contact(
        email="ada@example.com", facts=facts, account=create_account(name="Engines", by=None), by=None
    )


def test_the_page_says_who_it_is_and_where_they_stand(as_charlie: Client, ada: Contact) -> None:
    subscribe(contact=ada, mailing_list=create_list(name="News", by=None), by=None, source="test")
    page = as_charlie.get(f"/contacts/{ada.pk}/").content.decode()
    for words in ("Ada Lovelace", "Analyst at", "Engines", "Subscribed", "Contact created", "ada@example.com"):
        assert words in page
    assert "data-fact-open" not in page  # Charlie only looks
    assert "Add tag" not in page


def test_a_stranger_to_the_address_gets_404(as_bob: Client) -> None:
    assert as_bob.get("/contacts/99/").status_code == 404
    assert as_bob.get("/contacts/stream/contact/99/").status_code == 404
    assert as_bob.get("/contacts/stream/nonsense/1/").status_code == 404


def test_a_fact_is_edited_where_it_stands(as_sam: Client, ada: Contact, world: World) -> None:
    url = f"/contacts/{ada.pk}/facts/phone/"
    form = as_sam.get(url, headers=HTMX).content.decode()
    assert 'value="+44 20 1"' in form
    assert "<html" not in form
    shown = as_sam.post(url, {"value": "+44 20 2"}, headers=HTMX).content.decode()
    assert "+44 20 2" in shown
    assert 'hx-swap-oob="true"' in shown  # the head of the page follows
    assert Contact.objects.get().phone == "+44 20 2"
    assert Activity.objects.get(kind="contact.updated").by == world.sam
    assert "+44 20 2" in as_sam.get(f"{url}?show=1", headers=HTMX).content.decode()


def test_without_scripts_a_fact_has_a_page_of_its_own(as_sam: Client, ada: Contact) -> None:
    url = f"/contacts/{ada.pk}/facts/city/"
    assert "<html" in as_sam.get(url).content.decode()
    assert as_sam.post(url, {"value": "London"})["Location"] == f"/contacts/{ada.pk}/"
    assert Contact.objects.get().city == "London"


@pytest.mark.parametrize(
    ("typed", "words"), [("nonsense", "valid email"), ("", "required"), ("GRACE@example.com", "Grace")]
)
def test_a_refused_fact_keeps_what_was_typed_and_says_why(as_sam: Client, ada: Contact, typed: str, words: str) -> None:
    create_contact(email="grace@example.com", facts={"first_name": "Grace"}, by=None)
    response = as_sam.post(f"/contacts/{ada.pk}/facts/email/", {"value": typed}, headers=HTMX)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert f'value="{typed}"' in page or not typed
    assert Contact.objects.get(pk=ada.pk).email == "ada@example.com"


def test_account_and_owner_are_facts_too(as_sam: Client, ada: Contact, world: World) -> None:
    as_sam.post(f"/contacts/{ada.pk}/facts/account/", {"value": "New Company"}, headers=HTMX)
    as_sam.post(f"/contacts/{ada.pk}/facts/owner/", {"value": world.sam.pk}, headers=HTMX)
    ada.refresh_from_db()
    assert (str(ada.account), ada.owner) == ("New Company", world.sam)
    as_sam.post(f"/contacts/{ada.pk}/facts/account/", {"value": ""}, headers=HTMX)
    as_sam.post(f"/contacts/{ada.pk}/facts/owner/", {"value": ""}, headers=HTMX)
    ada.refresh_from_db()
    assert (ada.account, ada.owner) == (None, None)


def test_custom_fields_are_edited_by_the_rules_of_their_kind(as_sam: Client, ada: Contact) -> None:
    create_field(label="Fleet size", kind="number", by=None, group="Fleet")
    url = f"/contacts/{ada.pk}/facts/fields.fleet_size/"
    assert "Fleet size" in as_sam.get(f"/contacts/{ada.pk}/").content.decode()
    assert as_sam.post(url, {"value": "many"}, headers=HTMX).status_code == 422
    assert "40" in as_sam.post(url, {"value": "40"}, headers=HTMX).content.decode()
    assert FieldValue.objects.get().number == 40


@pytest.mark.parametrize("key", ["score", "fields.none", "__class__", "search_text"])
def test_what_is_no_fact_cannot_be_edited(as_sam: Client, ada: Contact, key: str) -> None:
    assert as_sam.post(f"/contacts/{ada.pk}/facts/{key}/", {"value": "1"}).status_code == 404


def test_read_only_users_change_nothing(as_charlie: Client, ada: Contact) -> None:
    for path in ("facts/phone/", "tags/add/", "tags/remove/", "lists/", "delete/"):
        assert as_charlie.post(f"/contacts/{ada.pk}/{path}", {"value": "x", "name": "x"}).status_code == 403


def test_tags_are_added_and_removed_inline(as_sam: Client, ada: Contact) -> None:
    card = as_sam.post(f"/contacts/{ada.pk}/tags/add/", {"name": "fleet-buyer"}, headers=HTMX).content.decode()
    assert "fleet-buyer" in card
    response = as_sam.post(f"/contacts/{ada.pk}/tags/add/", {"name": "x" * 101}, headers=HTMX)
    assert response.status_code == 422
    as_sam.post(f"/contacts/{ada.pk}/tags/remove/", {"name": "Fleet-Buyer"}, headers=HTMX)
    assert not ada.tags.exists()
    assert as_sam.get("/contacts/tag-names/?name=fleet").content.decode().strip() == (
        '<option value="fleet-buyer"></option>'
    )


def test_lists_are_joined_and_left_on_the_persons_word(as_sam: Client, ada: Contact) -> None:
    news = create_list(name="News", by=None)
    url = f"/contacts/{ada.pk}/lists/"
    card = as_sam.post(url, {"list": news.pk, "act": "subscribe"}, headers=HTMX).content.decode()
    assert "Subscribed" in card
    as_sam.post(url, {"list": news.pk, "act": "unsubscribe"}, headers=HTMX)
    assert Subscription.objects.get().status == "unsubscribed"
    as_sam.post(url, {"list": news.pk, "act": "subscribe"}, headers=HTMX)
    assert Subscription.objects.get().status == "active"


def test_a_deleted_contact_is_gone(as_sam: Client, ada: Contact) -> None:
    assert as_sam.post(f"/contacts/{ada.pk}/delete/")["Location"] == "/contacts/"
    assert not Contact.objects.exists()


def test_the_page_costs_the_same_with_one_entry_and_with_fifty(
    as_sam: Client, ada: Contact, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    as_sam.get(f"/contacts/{ada.pk}/")
    with CountedQueries() as few:
        as_sam.get(f"/contacts/{ada.pk}/")
    entries = [Entry("tag.added", contact_id=ada.pk, data={"tag": f"t{n}"}) for n in range(50)]
    record_many(entries, by=world.bob)
    with django_assert_num_queries(len(few)):
        as_sam.get(f"/contacts/{ada.pk}/")


def test_a_tab_of_another_app_is_opened_by_its_address(as_sam: Client, ada: Contact) -> None:
    page = as_sam.get(f"/contacts/{ada.pk}/?tab=deals").content.decode()
    assert "No deals yet" in page
    assert "Contact created" not in page
