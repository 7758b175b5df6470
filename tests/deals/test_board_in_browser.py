"""The board in a real browser: cards dragged, moved by keyboard, and told apart from somebody else's moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from deals.actions.deals import move_deal
from deals.models import Deal, Stage
from tests.contacts.browsing import browsing, overflow, serious_violations
from tests.deals.conftest import Trade, make_trade
from tests.fixtures.world import World


@pytest.fixture
def open_trade(transactional_db: None, world: World) -> Trade:
    return make_trade()


@pytest.fixture
def sam_browses(live_server: LiveServer, open_trade: Trade, world: World, page: Page) -> Iterator[Page]:
    with browsing(page, live_server.url, world.sam) as opened:
        yield opened


def column(page: Page, stage: Stage) -> Locator:
    return page.get_by_role("region", name=stage.name)


def drag(page: Page, card: Locator, to: Locator) -> None:
    """As a hand does it: press, move a little, go there, see it lie there, let go."""
    box, end = card.bounding_box(), to.bounding_box()
    assert box
    assert end
    card.hover(position={"x": 30, "y": box["height"] - 12})  # waits until it stands still
    start = card.bounding_box()
    assert start
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + start["height"] - 6, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 80, steps=12)
    there = to.locator(card)
    for step in range(200):
        if there.count():
            break
        page.mouse.move(end["x"] + end["width"] / 2 + step % 5, end["y"] + 80 + step % 3)
    page.mouse.up()
    expect(page.locator(".kanban .sortable-chosen")).to_have_count(0)


def test_a_card_is_dragged_to_another_stage_and_the_totals_follow(
    sam_browses: Page, live_server: LiveServer, open_trade: Trade
) -> None:
    page, trade = sam_browses, open_trade
    trade.deal("Cargo fleet", 14900)
    trade.deal("Service plan", 100)
    page.goto(f"{live_server.url}/deals/")
    page.wait_for_selector("[data-sortable][data-ready]")
    drag(page, page.locator(".kanban-card", has_text="Cargo fleet"), column(page, trade.offer))
    expect(column(page, trade.offer)).to_contain_text("Cargo fleet")
    expect(column(page, trade.offer).locator("[data-total-worth]")).to_have_text("€14,900")
    expect(column(page, trade.lead).locator("[data-total-worth]")).to_have_text("€100")
    assert Deal.objects.get(title="Cargo fleet").stage == trade.offer
    drag(page, page.locator(".kanban-card", has_text="Cargo fleet"), column(page, trade.contract))
    expect(column(page, trade.contract).locator("[data-total-count]")).to_have_text("1")
    assert Deal.objects.get(title="Cargo fleet").stage == trade.contract


def test_a_card_is_moved_by_keyboard(sam_browses: Page, live_server: LiveServer, open_trade: Trade) -> None:
    page, trade = sam_browses, open_trade
    trade.deal("Cargo fleet")
    page.goto(f"{live_server.url}/deals/")
    page.locator("summary[aria-label='Move Cargo fleet']").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Contract").focus()
    page.keyboard.press("Enter")
    expect(column(page, trade.contract)).to_contain_text("Cargo fleet")
    expect(page.locator("summary[aria-label='Move Cargo fleet']")).to_be_focused()
    expect(page.locator("[data-board-news]")).to_have_text("Moved to Contract")
    assert Deal.objects.get().stage == trade.contract


def test_somebody_elses_move_is_told_and_shown(sam_browses: Page, live_server: LiveServer, open_trade: Trade) -> None:
    page, trade = sam_browses, open_trade
    deal = trade.deal("Cargo fleet")
    page.goto(f"{live_server.url}/deals/")
    page.wait_for_selector("[data-sortable][data-ready]")
    move_deal(deal=deal, to=trade.contract, by=trade.sally)
    drag(page, page.locator(".kanban-card", has_text="Cargo fleet"), column(page, trade.offer))
    expect(page.get_by_role("status").filter(has_text="Somebody else has moved").first).to_be_visible()
    expect(column(page, trade.contract)).to_contain_text("Cargo fleet")
    assert Deal.objects.get().stage == trade.contract


def test_a_deal_is_made_from_its_column(sam_browses: Page, live_server: LiveServer, open_trade: Trade) -> None:
    page, trade = sam_browses, open_trade
    page.goto(f"{live_server.url}/deals/")
    page.get_by_role("link", name="New deal in Offer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Cargo fleet")
    dialog.get_by_label("Value").fill("1200")
    dialog.get_by_role("button", name="Create deal").click()
    expect(column(page, trade.offer)).to_contain_text("€1,200")


def test_a_stage_is_pressed_on_the_track_and_a_loss_has_a_reason(
    sam_browses: Page, live_server: LiveServer, open_trade: Trade
) -> None:
    page, trade = sam_browses, open_trade
    deal = trade.deal("Cargo fleet")
    page.goto(f"{live_server.url}/deals/{deal.pk}/")
    page.get_by_role("button", name="Offer").click()
    expect(page.locator("[aria-current=step]")).to_have_text("Offer")
    page.get_by_role("link", name="Lost").click()
    page.get_by_label("Why was it lost?").fill("Too dear")
    page.get_by_role("button", name="Mark as lost").click()
    expect(page.locator("#record-id")).to_contain_text("Too dear")


@pytest.mark.parametrize(("width", "colours"), [(1440, "dark"), (390, "light")])
def test_pages_of_deals_fit_and_can_be_read_by_all(
    sam_browses: Page, live_server: LiveServer, open_trade: Trade, width: int, colours: str
) -> None:
    page, trade = sam_browses, open_trade
    deal = trade.deal("Wolfeschlegelsteinhausenbergerdorff-Hohenlohe-Schillingsfürst" * 2, 123456789)
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    paths = ["/deals/", "/deals/table/", f"/deals/{deal.pk}/", "/deals/new/", f"/contacts/{trade.amelia.pk}/?tab=deals"]
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        assert overflow(page) <= 0, path
        assert serious_violations(page) == [], path
