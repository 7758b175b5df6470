"""The import as a person does it: in a browser, with real workers, left alone and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Contact, Subscription
from tests.fixtures.processes import Stack
from tests.fixtures.world import World

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MESSY = Path(__file__).parent / "samples" / "messy.csv"


def test_a_file_becomes_a_list_of_people(live_stack: Stack, world: World, page: Page) -> None:
    live_stack.sign_in(page, world.bob)
    page.goto(f"{live_stack.url}/jobs/")
    page.get_by_role("link", name="Import contacts").first.click()
    page.get_by_label("CSV file").set_input_files(MESSY)
    page.get_by_role("button", name="Upload and go on").click()

    expect(page.get_by_role("heading", name="What is in each column?")).to_be_visible()
    expect(page.get_by_label("What E-mail address is")).to_have_value("email")
    expect(page.get_by_label("Kind of the new field Plan")).to_have_value("dropdown")
    expect(page.get_by_label("Kind of the new field Company")).to_be_hidden()
    page.get_by_label("What Notes is").select_option("ignore")
    page.get_by_role("button", name="Go on").click()

    page.get_by_label("Or make a new list").fill("Spring fair")
    page.get_by_role("textbox", name="Tags").fill("fair, 2026")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Confirm it, or choose no list")).to_be_visible()
    expect(page.get_by_label("Or make a new list")).to_have_value("Spring fair")
    page.get_by_label("These people agreed").check()
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Check and start")).to_be_visible()
    page.get_by_role("button", name="Start the import").click()
    page.goto(f"{live_stack.url}/jobs/")  # left, and found again
    page.get_by_role("link", name="messy.csv").click()
    expect(page.get_by_text("Done")).to_be_visible(timeout=30_000)  # the page renews itself
    page.get_by_role("link", name="See the report").click()

    expect(page.get_by_text("More than one address in the cell")).to_be_visible()
    page.get_by_role("link", name="Duplicate", exact=False).first.click()
    expect(page.get_by_text("Same address as line 2")).to_be_visible()
    page.get_by_role("link", name="Go to the list").click()
    expect(page.get_by_role("heading", name="Spring fair")).to_be_visible()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    assert Contact.objects.count() == 12
    assert Subscription.objects.filter(status="active").count() == 8
