"""The shell in a real browser: palette, themes, drawer, dialogs, picking rows, libraries on demand, axe."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Dialog, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from contacts.models import Contact
from tests.fixtures.world import World, signed_in

PHONE: ViewportSize = {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")


def give_session(page: Page, client: Client, url: str) -> None:
    """Put a test client's session into the browser."""
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])


@pytest.fixture
def guide(live_server: LiveServer, transactional_db: None, world: World, page: Page) -> Iterator[Page]:
    """The style guide, opened by Alice. Fails the test when the browser complains (content policy, script errors)."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # htmx says so, too, of a request that was cut off because the test went on to another page.
        if message.type == "error" and not message.text.startswith(("htmx:afterRequest", "htmx:sendError")):
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    give_session(page, signed_in(world.alice), live_server.url)
    page.goto(f"{live_server.url}/styleguide/")
    yield page
    assert complaints == []


def theme(page: Page) -> str | None:
    return page.locator("html").get_attribute("data-bs-theme")


def serious_violations(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html'][:160]}" for v in found if v["impact"] in SERIOUS for n in v["nodes"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_part(guide: Page, colours: str) -> None:
    guide.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    guide.reload()
    guide.locator("canvas[data-chart]").first.scroll_into_view_if_needed()
    assert theme(guide) == colours
    assert serious_violations(guide) == []


def test_nothing_is_wider_than_a_phone(guide: Page) -> None:
    guide.set_viewport_size(PHONE)
    assert guide.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_navigation_is_a_drawer_on_a_phone(guide: Page) -> None:
    guide.set_viewport_size(PHONE)
    drawer = guide.locator("#sidebar")
    expect(drawer).not_to_be_in_viewport()
    guide.get_by_role("link", name="Open the menu").click()
    expect(drawer).to_be_in_viewport()
    expect(drawer.get_by_role("link", name="Contacts")).to_be_visible()
    guide.keyboard.press("Escape")
    expect(drawer).not_to_be_in_viewport()


def test_the_theme_follows_the_system_until_one_is_chosen_and_is_remembered(guide: Page) -> None:
    assert theme(guide) == "light"
    guide.emulate_media(color_scheme="dark")
    expect(guide.locator("html")).to_have_attribute("data-bs-theme", "dark")
    guide.keyboard.press("t")
    assert theme(guide) == "light"
    guide.reload()
    assert theme(guide) == "light"


def test_ctrl_k_finds_a_person_and_enter_opens_them(guide: Page) -> None:
    contact = Contact.objects.create(email="amelia@northwind.example", first_name="Amelia", last_name="Hartmann")
    guide.keyboard.press("Control+k")
    guide.get_by_role("combobox", name=re.compile("Search")).fill("hartm")
    option = guide.get_by_role("option", name=re.compile("Amelia Hartmann"))
    expect(option).to_have_attribute("aria-selected", "true")
    guide.keyboard.press("Enter")
    guide.wait_for_url(f"**{contact.get_absolute_url()}")


def test_the_palette_is_moved_through_by_arrows(guide: Page) -> None:
    guide.keyboard.press("/")
    options = guide.locator("#palette").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    guide.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    guide.keyboard.press("ArrowUp")
    guide.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    guide.keyboard.press("Escape")
    expect(guide.locator("#palette")).to_be_hidden()


def test_the_search_field_opens_the_palette(guide: Page) -> None:
    guide.get_by_role("searchbox", name="Search", exact=True).click()
    expect(guide.locator("#palette")).to_be_visible()


def test_what_destroys_asks_first_and_no_means_no(guide: Page) -> None:
    asked: list[str] = []
    guide.on("request", lambda request: asked.append(request.url) if "/search/" in request.url else None)
    guide.get_by_role("button", name="Ask first").click()
    dialog = guide.locator("#confirm")
    expect(dialog).to_contain_text("Delete 9,312 contacts?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert asked == []
    guide.get_by_role("button", name="Ask first").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(guide.locator("#dialog")).to_be_visible()


def test_rows_are_picked_one_by_one_by_page_or_all_that_match(guide: Page) -> None:
    bar = guide.locator("[data-selection-bar]")
    boxes = guide.locator("input[name=ids]")
    expect(bar).to_be_hidden()
    boxes.first.check()
    expect(bar).to_contain_text("1 selected")
    expect(bar.get_by_role("button", name="Select all 9,312")).to_be_hidden()
    guide.get_by_role("checkbox", name="Select this page").check()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Select all 9,312").click()
    expect(bar).to_contain_text("9,312 selected")
    expect(guide.locator("input[name=all_matching]")).to_have_value("1")
    boxes.first.uncheck()
    expect(bar).to_contain_text("2 selected")
    expect(guide.locator("input[name=all_matching]")).to_have_value("")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()


def test_menus_open_without_scripts_of_a_library_and_close_by_escape(guide: Page) -> None:
    menu = guide.locator(".record-actions details.menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("link", name="Edit")).to_be_visible()
    guide.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Edit")).to_be_hidden()


def test_the_list_of_shortcuts_is_under_the_question_mark(guide: Page) -> None:
    guide.keyboard.press("?")
    expect(guide.locator("#shortcuts")).to_contain_text("Search everything")
    guide.keyboard.press("Escape")
    guide.keyboard.press("g")
    guide.keyboard.press("h")
    guide.wait_for_url(re.compile(r"/$"))


def test_every_chart_is_drawn_and_has_its_table(guide: Page) -> None:
    guide.wait_for_function("window.Chart && document.querySelectorAll('canvas[data-chart]').length === 3")
    guide.wait_for_function("[...document.querySelectorAll('canvas')].every(c => window.Chart.getChart(c))")
    table = guide.locator(".chart-table").first
    table.locator("summary").click()
    expect(table.get_by_role("rowheader", name="14 Nov")).to_be_visible()


def test_rows_are_sorted_by_the_keyboard_too(guide: Page) -> None:
    rows = guide.locator(".sort-row")
    rows.first.locator(".grip").focus()
    guide.keyboard.press("ArrowDown")
    expect(rows.first).to_contain_text("Second")
    expect(rows.nth(1).locator(".grip")).to_be_focused()


def test_pickers_and_rich_text_arrive_within_the_content_policy(guide: Page) -> None:
    expect(guide.locator(".ts-wrapper")).to_be_visible()
    expect(guide.locator("trix-toolbar")).to_be_visible()
    guide.locator("trix-editor").click()
    guide.keyboard.type("Hello")
    expect(guide.locator("#rich")).to_have_value(re.compile("Hello"))


def test_typed_words_are_not_lost_by_accident(guide: Page) -> None:
    guide.get_by_label("Name", exact=True).fill("Amelia H.")
    seen: list[str] = []

    def stay(dialog: Dialog) -> None:
        seen.append(dialog.type)
        dialog.dismiss()

    guide.once("dialog", stay)
    guide.evaluate("setTimeout(() => location.assign('/'), 0)")
    guide.wait_for_timeout(300)  # nothing else tells that the page stayed
    assert seen == ["beforeunload"]
    guide.evaluate("delete document.querySelector('form[data-dirty]').dataset.dirty")
