"""Companies: found by name or domain, paged by name, edited in place, with their people and what these did."""

from __future__ import annotations

import re

from django.test import Client

from contacts.actions.accounts import create_account
from contacts.actions.contacts import create_contact, update_contact
from contacts.models import Account, Contact
from tests.fixtures.world import World

HTMX = {"HX-Request": "true"}


def names(page: str) -> list[str]:
    return re.findall(r'class="person-name" href="/companies/\d+/">([^<]+)<', page)


def test_accounts_are_found_by_name_and_domain_and_counted(as_charlie: Client) -> None:
    contoso = create_account(name="Contoso", facts={"domain": "contoso.example"}, by=None)
    create_account(name="Northwind", by=None)
    create_contact(email="ada@example.com", account=contoso, by=None)
    assert names(as_charlie.get("/companies/").content.decode()) == ["Contoso", "Northwind"]
    assert names(as_charlie.get("/companies/?q=CONTOSO.ex").content.decode()) == ["Contoso"]
    assert names(as_charlie.get("/companies/?q=wind").content.decode()) == ["Northwind"]
    assert f'href="/contacts/?account={contoso.pk}">1</a>' in as_charlie.get("/companies/").content.decode()


def test_accounts_are_paged_by_name(as_charlie: Client) -> None:
    Account.objects.bulk_create(Account(name=f"{'aA'[n % 2]}ccount {n:03}") for n in range(70))
    first = as_charlie.get("/companies/").content.decode()
    found = re.search(r'href="([^"]+)" rel="next"', first)
    assert found
    second = as_charlie.get(found.group(1).replace("&amp;", "&")).content.decode()
    assert [name.lower() for name in names(first) + names(second)] == [f"account {n:03}" for n in range(70)]


def test_the_page_shows_people_and_what_happened_to_them(as_charlie: Client) -> None:
    account = create_account(name="Contoso", by=None)
    contact = create_contact(email="ada@example.com", facts={"first_name": "Ada"}, account=account, by=None)
    update_contact(contact=contact, field="job_title", value="Analyst", by=None)
    page = as_charlie.get(f"/companies/{account.pk}/").content.decode()
    for words in ("Account created", "Contact created", "Analyst", "Ada"):
        assert words in page


def test_a_name_is_taken_once_in_place_and_in_the_form(as_sam: Client) -> None:
    create_account(name="Contoso", by=None)
    other = create_account(name="Northwind", by=None)
    response = as_sam.post(f"/companies/{other.pk}/facts/name/", {"value": "CONTOSO"}, headers=HTMX)
    assert response.status_code == 422
    response = as_sam.post("/companies/new/", {"name": "contoso", "city": "Oslo"})
    assert response.status_code == 422
    assert 'value="Oslo"' in response.content.decode()
    response = as_sam.post("/companies/new/", {"name": "Third", "website": "third.example"})
    assert Account.objects.get(name="Third").website == "https://third.example"


def test_a_fact_of_an_account_is_edited_where_it_stands(as_sam: Client, world: World) -> None:
    account = create_account(name="Contoso", by=None)
    assert as_sam.post(f"/companies/{account.pk}/facts/city/", {"value": "Oslo"}, headers=HTMX).status_code == 200
    assert (
        as_sam.post(f"/companies/{account.pk}/facts/owner/", {"value": world.sam.pk}, headers=HTMX).status_code == 200
    )
    account.refresh_from_db()
    assert (account.city, account.owner) == ("Oslo", world.sam)


def test_people_outlive_their_account(as_sam: Client) -> None:
    account = create_account(name="Contoso", by=None)
    create_contact(email="ada@example.com", account=account, by=None)
    as_sam.post(f"/companies/{account.pk}/delete/")
    assert Contact.objects.get().account is None


def test_names_are_offered_while_one_types(as_sam: Client) -> None:
    create_account(name="Contoso & Söhne", by=None)
    create_contact(email="ada@example.com", facts={"first_name": "Ada"}, by=None)
    assert 'value="Contoso &amp; Söhne"' in as_sam.get("/companies/names/?value=cont").content.decode()
    assert 'value="ada@example.com">Ada<' in as_sam.get("/contacts/addresses/?contact=ada").content.decode()
    assert as_sam.get("/companies/names/").content.decode().strip() == ""
