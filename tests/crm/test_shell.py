"""The shell: who sees which navigation, search over everything, Home, the error pages."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries

from contacts import palette
from contacts.models import Account, Activity, Contact, Job, User
from contacts.palette import PaletteItem, Source
from crm.shell import NAVIGATION, creatable_by, navigation_for
from tests.fixtures.world import World, signed_in

HTMX = {"HX-Request": "true"}


def test_every_line_of_the_navigation_leads_to_a_page(as_alice: Client) -> None:
    for _title, entries in NAVIGATION:
        for entry in entries:
            response = as_alice.get(reverse(entry.url_name))
            assert response.status_code == 200, entry.url_name


def test_new_offers_each_person_only_what_they_may_make(world: World) -> None:
    made = {user.first_name: [entry.label for entry in creatable_by(user)] for user in vars(world).values()}
    assert made["Alice"] == ["New contact", "New account", "New deal", "New campaign"]
    assert made["Sam"] == ["New contact", "New account", "New deal"]
    assert made["Charlie"] == []
    for entry in creatable_by(world.alice):
        assert signed_in(world.alice).get(entry.url).status_code == 200, entry.url


def test_people_see_only_what_their_role_may_open(world: World) -> None:
    def urls(user: object) -> set[str]:
        return {line.url for _title, lines in navigation_for(user, "/") for line in lines}

    assert reverse("messaging:providers") in urls(world.alice)
    for user in (world.bob, world.sam, world.charlie):
        assert reverse("messaging:providers") not in urls(user)
        assert reverse("contacts:overview") in urls(user)


def test_the_page_one_is_on_is_marked_once(as_alice: Client) -> None:
    html = as_alice.get(reverse("contacts:accounts")).content.decode()
    nav = html.split('class="sidebar-nav"')[1].split("</nav>")[0]
    assert nav.count('aria-current="page"') == 1
    assert f'href="{reverse("contacts:accounts")}" aria-current="page"' in nav


def test_search_finds_people_and_companies(as_charlie: Client) -> None:
    account = Account.objects.create(name="Northwind Bikes")
    contact = Contact.objects.create(email="amelia@northwind.example", first_name="Amelia", account=account)
    html = as_charlie.get(reverse("search"), {"q": "northw"}, headers=HTMX).content.decode()
    assert contact.get_absolute_url() in html
    assert account.get_absolute_url() in html
    assert "<html" not in html


def test_search_works_without_scripts(as_charlie: Client) -> None:
    contact = Contact.objects.create(email="amelia@northwind.example", first_name="<b>Amelia</b>")
    html = as_charlie.get(reverse("search"), {"q": "amelia"}).content.decode()
    assert "<html" in html
    assert contact.get_absolute_url() in html
    assert "<b>Amelia" not in html


def test_search_finds_pages_by_name_and_offers_them_before_anything_is_typed(as_charlie: Client) -> None:
    assert reverse("contacts:lists") in as_charlie.get(reverse("search"), headers=HTMX).content.decode()
    html = as_charlie.get(reverse("search"), {"q": "lists"}, headers=HTMX).content.decode()
    assert reverse("contacts:lists") in html
    assert reverse("contacts:jobs") not in html


def test_search_says_so_when_nothing_matches(as_charlie: Client) -> None:
    assert "Nothing matches" in as_charlie.get(reverse("search"), {"q": "zzzzzz"}, headers=HTMX).content.decode()


def test_each_group_shows_at_most_five(world: World) -> None:
    Contact.objects.bulk_create(Contact(email=f"same{n}@example.com") for n in range(9))
    [group] = palette.search(world.alice, "same")
    assert len(group.items) == palette.LIMIT == 5


def test_a_source_is_only_asked_for_those_who_may_see_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette, "_sources", {})
    palette.register(Source("x", "X", "x", lambda user, words: [PaletteItem("secret", "/x/")], "providers.edit"))
    assert [found.items[0].title for found in palette.search(world.alice, "secret")] == ["secret"]
    assert palette.search(world.charlie, "secret") == []


def test_search_costs_one_query_a_source(world: World, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    account = Account.objects.create(name="Same")
    Contact.objects.bulk_create(Contact(email=f"same{n}@example.com", account=account) for n in range(9))
    with django_assert_max_num_queries(len(palette.sources_for(world.alice))):
        palette.search(world.alice, "same")


def test_home_of_an_empty_installation_says_what_to_do_first(as_bob: Client) -> None:
    html = as_bob.get(reverse("home")).content.decode()
    assert "First steps" in html
    assert reverse("contacts:import") in html


def test_those_who_cannot_write_campaigns_are_not_told_to(as_charlie: Client) -> None:
    html = as_charlie.get(reverse("home")).content.decode()
    assert "First steps" not in html
    assert reverse("campaigns:create") not in html


def test_home_costs_the_same_however_many_rows_there_are(as_alice: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_alice.get(reverse("home")).status_code == 200
        return len(queries)

    few = cost()
    Contact.objects.bulk_create(Contact(email=f"c{n}@example.com") for n in range(60))
    assert cost() <= few


def test_a_page_that_is_not_there_says_so_in_our_look(as_charlie: Client) -> None:
    response = as_charlie.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_page_one_may_not_open_says_so_in_our_look(as_charlie: Client) -> None:
    response = as_charlie.get(reverse("styleguide"))
    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()


def test_the_page_for_our_own_mistakes_needs_no_database() -> None:
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert b"Something broke on our side" in response.content


def test_a_form_from_another_site_is_refused_in_our_look(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {"login": "x"})
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_the_style_guide_shows_every_part(as_alice: Client) -> None:
    assert as_alice.get(reverse("styleguide")).status_code == 200


def test_times_are_shown_in_the_readers_zone(world: World) -> None:
    contact = Contact.objects.create(email="amelia@example.com", first_name="Amelia")
    Activity.objects.create(
        kind="contact.created", contact=contact, occurred_at=datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    )
    for name, exact in (("Asia/Tokyo", "6 Jan 2026, 08:30:00 JST"), ("no/such", "5 Jan 2026, 23:30:00 UTC")):
        User.objects.filter(pk=world.alice.pk).update(time_zone=name)
        assert exact in signed_in(world.alice).get(reverse("home")).content.decode()


def test_what_is_under_way_asks_again_until_it_is_done(world: World, as_alice: Client) -> None:
    job = Job.objects.create(kind="contacts.import", title="People.csv", state="running", total=200, done=50)
    Job.objects.filter(pk=job.pk).update(created_by=world.alice)
    html = as_alice.get(reverse("home_running")).content.decode()
    assert "People.csv" in html
    assert "25%" in html
    assert 'hx-trigger="every 3s"' in html
    Job.objects.filter(pk=job.pk).update(state="done")
    html = as_alice.get(reverse("home_running")).content.decode()
    assert "People.csv" not in html
    assert "hx-trigger" not in html


def test_what_happened_to_many_is_told_once(as_charlie: Client) -> None:
    people = Contact.objects.bulk_create(Contact(email=f"c{n}@example.com") for n in range(9))
    Activity.objects.bulk_create(Activity(kind="contact.created", contact=person) for person in people)
    html = as_charlie.get(reverse("home")).content.decode()
    assert html.count("stream-item") == 1
    assert "and 8 more like it" in html
