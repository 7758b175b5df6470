"""The Operations page in a real browser: it renews itself without jumping, pauses, settles, and can be read by all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from contacts.models import Job
from crm import health
from messaging.models import Message, Provider
from messaging.outbox.drain import drain_lane
from tests.fixtures.processes import wait_until
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World, signed_in
from tests.messaging import blasts
from tests.messaging.outbox_rows import make_mailing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trouble(world: World, smtp_server: SmtpServer, settings: Any) -> None:
    """A blast with every kind of answer, one that waits, a failed job, a campaign that stopped; two workers."""
    Provider.objects.all().delete()
    blasts.smtp_provider(smtp_server, name="Our relay")
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, 30)
    names = ("550-rcpt@example.com", "451-rcpt@example.com", "421-rcpt@example.com", "drop-data@example.com")
    blasts.subscribe_addresses(mailing_list, *names, "drop-data2@example.com")
    blasts.queue(blasts.make_mailing(name="October news"), mailing_list)
    drain_lane("campaign")
    blasts.blast(12)
    Job.objects.create(kind="x", title="Import people.csv", state="failed", error="The file is not there any more.")
    notice = "Paused by itself: 20 of 200 addresses do not exist (10 %). Check the list."
    Campaign.objects.create(name="Old list", mailing=make_mailing(), status="paused", notice=notice)
    health.note_worker(health.Worker("worker-campaign@here", ("campaign",), 2))
    health.note_worker(health.Worker("worker-direct@here", ("transactional", "one_to_one"), 2))
    health.note_heartbeat("transactional")
    health.note_beat()


def sign_in(page: Page, world: World, live_server: LiveServer, settings: Any) -> None:
    session = signed_in(world.alice).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


@pytest.fixture
def desk(live_server: LiveServer, world: World, trouble: None, page: Page, settings: Any) -> Iterator[Page]:
    """A browser in which Alice looks at the page. Fails the test when the browser complains."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, world, live_server, settings)
    page.goto(f"{live_server.url}/operations/")
    yield page
    assert complaints == []


def test_a_provider_is_paused_and_resumed_in_place(desk: Page) -> None:
    provider = desk.locator("#panel-providers")
    provider.get_by_role("button", name="Pause").click()
    expect(provider.get_by_role("button", name="Resume")).to_be_visible()
    expect(desk.locator(".toast-item")).to_contain_text("Our relay is paused")
    assert Provider.objects.get().paused_at
    provider.get_by_role("button", name="Resume").press("Enter")
    expect(provider.get_by_role("button", name="Pause")).to_be_visible()
    assert Provider.objects.get().paused_at is None


def test_uncertain_messages_are_settled_after_the_number_was_named(desk: Page) -> None:
    card = desk.locator("#panel-uncertain")
    card.get_by_label("drop-data@example.com").check()
    card.get_by_role("button", name="It arrived").click()
    expect(desk.locator("#confirm-text")).to_have_text("Mark 1 messages as arrived?")
    desk.locator("#confirm-yes").click()
    expect(card.get_by_label("drop-data@example.com")).to_have_count(0)
    card.get_by_label("Select all on this page").check()
    card.get_by_role("button", name="Send again").click()
    expect(desk.locator("#confirm-text")).to_contain_text("Send 1 messages again?")
    desk.locator("#confirm-yes").click()
    expect(card).to_contain_text("No message is uncertain.")
    states = dict(Message.objects.filter(address__startswith="drop-data").values_list("address", "state"))
    assert states == {"drop-data@example.com": "sent", "drop-data2@example.com": "queued"}


def test_it_renews_itself_without_a_jump_and_leaves_a_choice_alone(desk: Page) -> None:
    lanes = desk.locator("#panel-lanes")
    campaign = lanes.get_by_role("row", name=re.compile("Campaign"))
    expect(campaign).to_contain_text(re.compile(r"Campaign\s+14\b"))
    tops = (
        "() => [...document.querySelectorAll('[data-panel]')].map(p => [p.id, p.getBoundingClientRect().top + scrollY])"
    )
    desk.wait_for_load_state("networkidle")
    before = desk.evaluate(tops)
    desk.locator("#panel-uncertain").get_by_label("drop-data@example.com").check()
    chosen = desk.evaluate(tops)
    Message.objects.filter(state="queued").update(state="cancelled")
    expect(campaign).to_contain_text(re.compile(r"Campaign\s+2\b"), timeout=15_000)
    # A poll of the card in which somebody is choosing is left out.
    desk.evaluate("htmx.trigger('#panel-uncertain', 'every')")
    expect(desk.locator("#panel-uncertain").get_by_label("drop-data@example.com")).to_be_checked()
    assert desk.evaluate(tops) == chosen
    assert before[:4] == chosen[:4]


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_it_fits_and_can_be_read_by_all(
    browser: Browser, live_server: LiveServer, world: World, trouble: None, settings: Any, theme: Any, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    sign_in(page, world, live_server, settings)
    page.goto(f"{live_server.url}/operations/")
    page.wait_for_load_state("networkidle")
    wait_until(lambda: page.evaluate("Boolean(window.Chart)"), what="the chart")
    if folder := os.environ.get("RELAY_PICTURES"):
        page.screenshot(path=Path(folder) / f"operations-{theme}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []
    context.close()
