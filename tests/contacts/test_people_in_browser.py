"""Contacts in a real browser: facts edited in place by keyboard, tags, tabs, the endless stream, many at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from contacts.actions.accounts import create_account
from contacts.actions.contacts import create_contact
from contacts.actions.fields import create_field
from contacts.actions.lists import create_list, subscribe
from contacts.actions.tags import add_tag
from contacts.activity import Entry, record_many
from contacts.models import Contact, ContactTag
from tests.contacts.browsing import browsing, overflow, serious_violations
from tests.fixtures.world import World

LONG = "Wolfeschlegelsteinhausenbergerdorff-Hohenlohe-Schillingsfürst"


@pytest.fixture
def bob_browses(live_server: LiveServer, transactional_db: None, world: World, page: Page) -> Iterator[Page]:
    with browsing(page, live_server.url, world.bob) as opened:
        yield opened


@pytest.fixture
def ada(transactional_db: None) -> Contact:
    account = create_account(name="Analytical Engines", by=None)
    facts = {"first_name": "Ada", "last_name": "Lovelace", "phone": "+44 20 1"}
    return create_contact(email="ada@example.com", facts=facts, account=account, by=None)


def test_a_fact_is_edited_in_place_by_keyboard(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    fact = page.locator("dd", has=page.get_by_role("link", name="Edit First name"))
    opener = page.get_by_role("link", name="Edit First name")
    opener.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="First name")
    expect(field).to_be_focused()
    page.keyboard.type("Augusta Ada")  # the old value is picked, so typing replaces it
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Augusta Ada Lovelace")
    expect(page.get_by_role("link", name="Edit First name")).to_be_focused()
    expect(fact).to_contain_text("Augusta Ada")
    assert Contact.objects.get().first_name == "Augusta Ada"

    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("Nonsense")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(page.get_by_role("link", name="Edit First name")).to_be_focused()
    assert Contact.objects.get().first_name == "Augusta Ada"


def test_a_refused_fact_stays_open_with_what_was_typed(
    bob_browses: Page, live_server: LiveServer, ada: Contact
) -> None:
    page = bob_browses
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    page.locator("dd", has_text="ada@example.com").hover()
    page.get_by_role("link", name="Edit Email").click()
    field = page.get_by_role("textbox", name="Email")
    field.fill("nonsense")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("valid email")
    expect(field).to_have_value("nonsense")
    field.fill("countess@example.com")
    field.press("Enter")
    expect(page.locator("#record-id")).to_contain_text("countess@example.com")


def test_tags_and_lists_change_where_they_stand(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    create_list(name="Newsletter", by=None)
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    tags = page.get_by_role("region", name="Tags")
    tags.get_by_label("Add tag").first.fill("fleet-buyer")
    page.keyboard.press("Enter")
    expect(tags.get_by_role("button", name="Remove tag fleet-buyer")).to_be_visible()
    page.keyboard.type("decision-maker")  # the field has the focus again
    page.keyboard.press("Enter")
    expect(tags.get_by_role("button", name="Remove tag decision-maker")).to_be_visible()
    tags.get_by_role("button", name="Remove tag fleet-buyer").click()
    expect(tags.get_by_role("button", name="Remove tag fleet-buyer")).to_be_hidden()

    lists = page.get_by_role("region", name="Lists")
    lists.get_by_text("Add", exact=True).click()
    lists.get_by_role("button", name="Newsletter").click()
    expect(page.locator("#record-id")).to_contain_text("Subscribed")
    lists.locator("summary", has_text="Subscribed").click()
    lists.get_by_role("button", name="Unsubscribe").click()
    expect(page.locator("#record-id")).to_contain_text("Unsubscribed")


def test_tabs_load_into_the_page_and_have_addresses(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    page.get_by_role("link", name=re.compile("^Deals")).last.click()
    expect(page.get_by_role("heading", name="No deals yet")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?tab=deals$"))
    page.reload()
    expect(page.get_by_role("heading", name="No deals yet")).to_be_visible()
    page.locator("a.tab", has_text="Activity").click()
    expect(page.get_by_text("Contact created")).to_be_visible()


def test_the_stream_goes_on_while_one_scrolls(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    record_many((Entry("tag.added", ada.pk, data={"tag": f"tag-{n}"}) for n in range(75)), by=None)
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    items = page.locator(".stream-item")
    expect(items).to_have_count(30)
    for shown in (60, 76):
        page.mouse.wheel(0, 20_000)
        expect(items).to_have_count(shown)
    expect(page.locator(".stream-day")).to_have_count(1)


def test_on_a_phone_the_stream_waits_to_be_asked(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    record_many((Entry("tag.added", ada.pk, data={"tag": f"tag-{n}"}) for n in range(35)), by=None)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/contacts/{ada.pk}/")
    page.get_by_role("region", name="Lists").scroll_into_view_if_needed()
    expect(page.locator(".stream-item")).to_have_count(30)
    page.get_by_role("link", name="Show earlier").click()
    expect(page.locator(".stream-item")).to_have_count(36)


def test_many_are_tagged_at_once_after_searching(bob_browses: Page, live_server: LiveServer, world: World) -> None:
    page = bob_browses
    Contact.objects.bulk_create(
        Contact(email=f"p{n:02}@berlin.example", first_name=f"Person {n:02}") for n in range(60)
    )
    Contact.objects.create(email="other@oslo.example")
    page.goto(f"{live_server.url}/contacts/")
    page.get_by_placeholder("Name, email or phone").press_sequentially("berlin", delay=10)
    expect(page).to_have_url(re.compile(r"/contacts/\?q=berlin$"))
    expect(page.get_by_text("60 contacts").first).to_be_visible()
    page.get_by_label("Pick everybody on this page").check()
    expect(page.locator("[data-picked-count]")).to_have_text("50")
    page.get_by_role("button", name="Select all 60 that match").click()
    expect(page.locator("[data-picked-count]")).to_have_text("60")
    tag_field = page.locator("#bulk-tag")
    tag_field.fill("berliner")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("60 contacts changed")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=berlin"))
    assert ContactTag.objects.filter(tag__name="berliner").count() == 60

    page.get_by_label("Pick Person 57").check()
    tag_field.fill("berliner")
    page.get_by_role("button", name="Remove tag").click()
    expect(page.get_by_text("Contacts selected: 1. Remove this tag from them?")).to_be_visible()
    page.locator("#confirm-yes").click()
    expect(page.get_by_text("1 contact changed")).to_be_visible()
    assert ContactTag.objects.filter(tag__name="berliner").count() == 59


def test_the_columns_one_wants_are_kept(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    create_field(label="Fleet size", by=None)
    page.goto(f"{live_server.url}/contacts/")
    page.locator("summary[aria-label=Columns]").click()
    page.get_by_role("checkbox", name="Fleet size").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Fleet size")).to_be_visible()


@pytest.mark.parametrize(("width", "colours"), [(1440, "light"), (390, "dark")])
def test_pages_fit_and_can_be_read_by_all_with_a_very_long_name(
    bob_browses: Page, live_server: LiveServer, width: int, colours: str
) -> None:
    page = bob_browses
    account = create_account(name=f"{LONG} & Co. KG auf Aktien", by=None)
    facts = {"first_name": LONG, "last_name": LONG, "job_title": f"{LONG} in chief", "city": LONG}
    contact = create_contact(email=f"{LONG[:40]}@{'x' * 60}.example", facts=facts, account=account, by=None)
    add_tag(contact=contact, name=LONG, by=None)
    subscribe(contact=contact, mailing_list=create_list(name=LONG, by=None), by=None, source="test")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    for path in (
        "/contacts/",
        f"/contacts/{contact.pk}/",
        "/companies/",
        f"/companies/{account.pk}/",
        "/contacts/new/",
    ):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        assert overflow(page) <= 0, path
        assert serious_violations(page) == [], path


def test_a_new_contact_is_made_in_the_dialog(bob_browses: Page, live_server: LiveServer, ada: Contact) -> None:
    page = bob_browses
    page.goto(f"{live_server.url}/contacts/")
    page.get_by_role("link", name="New contact").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill("ADA@example.com")
    dialog.get_by_role("button", name="Create contact").click()
    expect(dialog).to_contain_text("Another contact has this address: Ada Lovelace")
    dialog.get_by_label("Email").fill("grace@example.com")
    dialog.get_by_label("First name").fill("Grace")
    dialog.get_by_role("button", name="Create contact").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grace")
