"""The contacts overview: what is found, how it is paged, and that its queries do not grow with its rows."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contacts.actions.accounts import create_account
from contacts.actions.contacts import assign_account, create_contact, set_owner
from contacts.actions.fields import create_field, set_field_value
from contacts.actions.lists import create_list, subscribe, unsubscribe
from contacts.actions.tags import add_tag
from contacts.filters import OverviewFilter, register
from contacts.models import Contact, Tag
from tests.fixtures.world import World

URL = "/contacts/"


def names(page: str) -> list[str]:
    return re.findall(r'class="person-name" href="/contacts/\d+/">([^<]+)<', page)


def get(client: Client, **params: str | int) -> str:
    response = client.get(URL, params)
    assert response.status_code == 200
    return response.content.decode()


def people(*first_names: str) -> list[Contact]:
    return [
        create_contact(email=f"{name.lower()}@example.com", facts={"first_name": name, "last_name": "Smith"}, by=None)
        for name in first_names
    ]


def test_an_empty_overview_says_what_to_do_first(as_bob: Client) -> None:
    page = get(as_bob)
    assert "No contacts yet" in page
    assert reverse("contacts:contact_new") in page


def test_every_word_must_be_found_in_name_address_or_phone(as_bob: Client) -> None:
    people("Ada", "Grace", "Adam")
    assert names(get(as_bob, q="ada")) == ["Adam Smith", "Ada Smith"]
    assert names(get(as_bob, q="SMITH grace@")) == ["Grace Smith"]
    assert "Nobody matches" in get(as_bob, q="grace ada")


def test_one_or_two_letters_must_begin_a_part(as_bob: Client) -> None:
    people("Ada", "Grace")
    assert names(get(as_bob, q="ad")) == ["Ada Smith"]
    assert names(get(as_bob, q="sm ex g")) == ["Grace Smith"]
    assert names(get(as_bob, q="da")) == []


def test_filters_by_list_status_tag_owner_and_account_narrow_together(as_bob: Client, world: World) -> None:
    ada, grace, joan = people("Ada", "Grace", "Joan")
    news, events = (create_list(name=name, by=None) for name in ("News", "Events"))
    for contact in (ada, grace):
        subscribe(contact=contact, mailing_list=news, by=None, source="test")
    subscribe(contact=grace, mailing_list=events, by=None, source="test")
    unsubscribe(contact=grace, mailing_list=news, by=None, reason="link")
    add_tag(contact=grace, name="vip", by=None)
    set_owner(contact=grace, owner=world.sam, by=None)
    account = create_account(name="Contoso", by=None)
    assign_account(contact=joan, account=account, by=None)
    tag = Tag.objects.get(name="vip")

    assert names(get(as_bob, list=news.pk)) == ["Grace Smith", "Ada Smith"]
    assert names(get(as_bob, list=news.pk, status="unsubscribed")) == ["Grace Smith"]
    assert names(get(as_bob, status="active")) == ["Grace Smith", "Ada Smith"]  # Grace still gets Events
    assert names(get(as_bob, status="unsubscribed")) == []
    assert names(get(as_bob, status="none")) == ["Joan Smith"]
    assert names(get(as_bob, tag=tag.pk, owner=world.sam.pk, q="grace")) == ["Grace Smith"]
    assert names(get(as_bob, owner="none", tag=tag.pk)) == []
    assert names(get(as_bob, account=account.pk)) == ["Joan Smith"]


@pytest.mark.parametrize("query", ["list=x", "tag=-1", "owner=%00", "account=99999999999999999999", "status=nonsense"])
def test_a_filter_nobody_can_mean_finds_nobody_and_breaks_nothing(as_bob: Client, query: str) -> None:
    people("Ada")
    response = as_bob.get(f"{URL}?{query}")
    assert response.status_code == 200


def test_pages_go_forward_and_back_by_key_without_gap_or_double(as_bob: Client) -> None:
    Contact.objects.bulk_create(
        Contact(email=f"p{n:03}@example.com", first_name=f"P{n:03}", last_name="x" * (n % 3), score=n % 5)
        for n in range(120)
    )
    for sort in ("", "oldest", "email", "last_name", "score"):
        seen: list[str] = []
        url: str | None = f"{URL}?sort={sort}"
        pages = []
        while url:
            page = as_bob.get(url).content.decode()
            pages.append(names(page))
            seen += names(page)
            found = re.search(r'href="([^"]+)" rel="next"', page)
            url = found.group(1).replace("&amp;", "&") if found else None
        assert len(seen) == len(set(seen)) == 120, sort
        back = re.search(r'href="([^"]+)" rel="prev"', page)
        assert back
        assert names(as_bob.get(back.group(1).replace("&amp;", "&")).content.decode()) == pages[-2], sort


def test_a_cursor_from_anywhere_is_harmless(as_bob: Client) -> None:
    people("Ada")
    for cursor in ("x", "1", "1.x", "99999999999999999999.", "1.\x00"):
        assert as_bob.get(URL, {"after": cursor, "sort": "score"}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows(
    as_bob: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    field = create_field(label="Plan", by=None)
    news = create_list(name="News", by=None)

    def fill(first: int, last: int) -> None:
        account = create_account(name=f"Account {first}", by=None)
        for n in range(first, last):
            contact = create_contact(email=f"p{n}@example.com", account=account, by=None)
            subscribe(contact=contact, mailing_list=news, by=None, source="test")
            add_tag(contact=contact, name=f"tag{n % 4}", by=None)
            set_field_value(contact=contact, field=field, value=f"plan {n}", by=None)

    as_bob.post("/contacts/columns/", {"columns": ["status", "account", "tags", "owner", "fields.plan"]})
    fill(0, 1)
    get(as_bob)
    with CountedQueries() as few:
        get(as_bob)
    fill(1, 45)
    with django_assert_num_queries(len(few)):
        page = get(as_bob)
    assert "plan 44" in page


class CountedQueries:
    """Counts the queries of a block."""

    def __enter__(self) -> list[dict[str, str]]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.capture = CaptureQueriesContext(connection)
        self.queries: list[dict[str, str]] = []
        self.capture.__enter__()
        return self.queries

    def __exit__(self, *_: object) -> None:
        self.capture.__exit__(None, None, None)
        self.queries += self.capture.captured_queries


def test_a_user_keeps_the_columns_they_chose(as_bob: Client, as_sam: Client) -> None:
    people("Ada")
    as_bob.post("/contacts/columns/", {"columns": ["city", "nonsense"]})
    assert ">City</th>" in get(as_bob)
    assert ">Tags</th>" not in get(as_bob)
    assert ">Tags</th>" in get(as_sam)


def test_an_upper_app_adds_a_filter_that_is_reached_by_link(as_bob: Client) -> None:
    people("Ada", "Grace")
    by_name = OverviewFilter(
        "test_first",
        "First name",
        lambda found, value, user: found.filter(first_name=value),
        lambda value: f"is {value}",
    )
    register(by_name)
    page = get(as_bob, test_first="Ada")
    assert names(page) == ["Ada Smith"]
    assert "is Ada" in page


def test_while_typing_only_the_rows_come_and_the_address_stays_short(as_bob: Client) -> None:
    people("Ada")
    headers = {"HX-Request": "true", "HX-Target": "people"}
    response = as_bob.get(f"{URL}?q=ada&list=&status=&tag=", headers=headers)
    assert b"<html" not in response.content
    assert response["HX-Push-Url"] == "/contacts/?q=ada"
    assert "HX-Request" in response["Vary"]


def test_a_new_contact_with_a_taken_address_keeps_what_was_typed(as_sam: Client) -> None:
    people("Ada")
    response = as_sam.post("/contacts/new/", {"email": "ADA@example.com", "first_name": "Other"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Another contact has this address: Ada Smith" in page
    assert 'value="Other"' in page
    response = as_sam.post("/contacts/new/", {"email": "new@example.com", "account_name": "Contoso"})
    made = Contact.objects.get(email="new@example.com")
    assert response["Location"] == f"/contacts/{made.pk}/"
    assert made.account is not None
    assert made.account.name == "Contoso"


def test_pressing_a_head_sorts_and_keeps_the_filter(as_bob: Client) -> None:
    people("Ada", "Grace")
    page = get(as_bob, q="smith")
    assert 'href="/contacts/?q=smith&amp;sort=last_name">Name</a>' in page
    assert 'aria-sort="ascending"' in get(as_bob, sort="last_name")
