"""A deal's page: made, changed in place, won, lost, its people; and deals on the pages of contacts and accounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from contacts.activity import Entry, record_many
from contacts.models import Activity, Contact
from deals.actions.deals import move_deal
from deals.actions.participants import add_contact
from deals.models import Deal, DealContact
from tests.deals.conftest import Trade
from tests.fixtures.world import World

HTMX = {"HX-Request": "true"}


def test_the_page_shows_the_way_the_people_and_what_happened_to_them(as_charlie: Client, trade: Trade) -> None:
    deal = trade.deal()
    move_deal(deal=deal, to=trade.offer, by=trade.sally)
    record_many([Entry("contact.updated", trade.amelia.pk, data={"label": "City", "new": "Oslo"})], by=None)
    page = as_charlie.get(f"/deals/{deal.pk}/").content.decode()
    for words in ("Fleet", "€14,900", "Northwind Bikes", "Amelia", "Primary contact", "Oslo", "moved to"):
        assert words in page
    assert 'aria-current="step"' in page
    assert as_charlie.get("/deals/99/").status_code == 404
    assert as_charlie.get("/contacts/stream/deal/99/").status_code == 404


def test_the_stream_of_a_deal_without_contacts_has_its_own_entries(as_charlie: Client, trade: Trade) -> None:
    deal = trade.deal()
    DealContact.objects.all().delete()
    Activity.objects.update(contact=None)
    assert "started in" in as_charlie.get(f"/contacts/stream/deal/{deal.pk}/").content.decode()


def test_a_new_deal_knows_its_contact_by_address(as_sam: Client, trade: Trade, world: World) -> None:
    form = as_sam.get(f"/deals/of-contact/{trade.amelia.pk}/new/", headers=HTMX).content.decode()
    assert 'value="amelia@example.com"' in form
    given = {"title": "Fleet", "value": "14900.50", "stage": trade.offer.pk, "owner": world.sam.pk}
    response = as_sam.post("/deals/new/", {**given, "contact": "nobody@example.com"}, headers=HTMX)
    assert response.status_code == 422
    assert "No contact has this address." in response.content.decode()
    response = as_sam.post("/deals/new/", {**given, "contact": "AMELIA@example.com"}, headers=HTMX)
    deal = Deal.objects.get()
    assert response["HX-Redirect"] == f"/deals/{deal.pk}/"
    assert (deal.value, deal.stage, deal.owner, deal.account) == (
        Decimal("14900.50"),
        trade.offer,
        world.sam,
        trade.account,
    )
    assert as_sam.post("/deals/new/", {**given, "back": "board"}, headers=HTMX)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("key", "typed", "shown"),
    [
        ("title", "Fleet 2027", "Fleet 2027"),
        ("value", "15000", "€15,000"),
        ("expected_close_on", "2027-01-31", "31 Jan 2027"),
        ("account", "Contoso", "Contoso"),
        ("owner", "", "—"),
    ],
)
def test_a_fact_is_edited_where_it_stands(as_sam: Client, trade: Trade, key: str, typed: str, shown: str) -> None:
    deal = trade.deal()
    url = f"/deals/{deal.pk}/facts/{key}/"
    assert as_sam.get(url, headers=HTMX).status_code == 200
    response = as_sam.post(url, {"value": typed}, headers=HTMX)
    assert response.status_code == 200
    assert shown in response.content.decode()


def test_a_refused_fact_keeps_what_was_typed(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal()
    response = as_sam.post(f"/deals/{deal.pk}/facts/value/", {"value": "-3"}, headers=HTMX)
    assert response.status_code == 422
    assert 'value="-3"' in response.content.decode()
    assert as_sam.get(f"/deals/{deal.pk}/facts/status/", headers=HTMX).status_code == 404


def test_a_deal_is_won_lost_with_a_reason_and_opened_again(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal()
    as_sam.post(f"/deals/{deal.pk}/lose/", {"reason": "Too dear"})
    assert "Too dear" in as_sam.get(f"/deals/{deal.pk}/").content.decode()
    as_sam.post(f"/deals/{deal.pk}/reopen/")
    as_sam.post(f"/deals/{deal.pk}/win/")
    assert Deal.objects.get().status == "won"
    assert as_sam.get(f"/deals/{deal.pk}/lose/").status_code == 200
    assert Deal.objects.get().status == "won"  # looking changes nothing
    as_sam.post(f"/deals/{deal.pk}/delete/")
    assert not Deal.objects.exists()


def test_people_join_by_address_get_roles_and_leave(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal()
    bob = Contact.objects.create(email="bob@example.com", first_name="Bob")
    url = f"/deals/{deal.pk}/contacts/"
    response = as_sam.post(url, {"contact": "nobody@example.com", "role": "Buyer"}, headers=HTMX)
    assert response.status_code == 422
    assert 'value="nobody@example.com"' in response.content.decode()
    card = as_sam.post(url, {"contact": "bob@example.com", "role": "Buyer"}, headers=HTMX).content.decode()
    assert "Buyer" in card
    as_sam.post(f"{url}{bob.pk}/", {"act": "primary"}, headers=HTMX)
    as_sam.post(f"{url}{bob.pk}/", {"act": "role", "role": "Decider"}, headers=HTMX)
    part = DealContact.objects.get(contact=bob)
    assert (part.is_primary, part.role) == (True, "Decider")
    as_sam.post(f"{url}{bob.pk}/", {"act": "remove"}, headers=HTMX)
    assert DealContact.objects.get().is_primary
    assert as_sam.post(f"{url}{bob.pk}/", {"act": "remove"}, headers=HTMX).status_code == 404


def test_a_contact_and_an_account_show_their_deals(as_charlie: Client, trade: Trade) -> None:
    trade.deal("Fleet", 14900, trade.offer)
    trade.deal("Service", 3500)
    for record in (f"of-contact/{trade.amelia.pk}", f"of-account/{trade.account.pk}"):
        tab = as_charlie.get(f"/deals/{record}/").content.decode()
        assert "Fleet" in tab
        side = as_charlie.get(f"/deals/{record}/side/").content.decode()
        assert 'value="66"' in side  # two of three stages
        figure = as_charlie.get(f"/deals/{record}/figure/").content.decode()
        assert "€18,400" in figure
        assert "2 deals" in figure
    page = as_charlie.get(f"/contacts/{trade.amelia.pk}/").content.decode()
    assert f'hx-get="/deals/of-contact/{trade.amelia.pk}/figure/"' in page
    assert f'/deals/of-contact/{trade.amelia.pk}/new/"' not in page  # Charlie may not add


def test_amounts_in_different_currencies_are_not_added_up(as_charlie: Client, trade: Trade) -> None:
    trade.deal()
    other = trade.deal()
    Deal.objects.filter(pk=other.pk).update(currency="USD")
    figure = as_charlie.get(f"/deals/of-contact/{trade.amelia.pk}/figure/").content.decode()
    assert ">2 deals<" in figure


def test_the_page_costs_the_same_with_one_contact_and_with_ten(
    as_sam: Client, trade: Trade, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    deal = trade.deal()
    as_sam.get(f"/deals/{deal.pk}/")
    with CaptureQueriesContext(connection) as few:
        as_sam.get(f"/deals/{deal.pk}/")
    for n in range(10):
        add_contact(deal=deal, contact=Contact.objects.create(email=f"p{n}@example.com"), by=trade.sally)
    with django_assert_num_queries(len(few)):
        as_sam.get(f"/deals/{deal.pk}/")


def test_deals_are_found_by_the_global_search(as_charlie: Client, trade: Trade) -> None:
    deal = trade.deal("Winter fleet")
    assert f"/deals/{deal.pk}/" in as_charlie.get("/search/?q=winter").content.decode()
