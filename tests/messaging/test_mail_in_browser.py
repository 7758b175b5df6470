"""Mail in a real browser: a provider is set up and tested, an email written and read again, a list left on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from contacts.actions.lists import subscribe
from contacts.models import MailingList
from messaging.actions.providers import capture_by_default
from messaging.draining import drain_hits
from messaging.models import Message
from messaging.outbox.drain import drain_lane
from messaging.tokens import purpose_token
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World, signed_in
from tests.messaging.outbox_rows import make_contact, make_message

LONG = "Maximiliane-Alexandra Theodora"


@pytest.fixture
def desk(live_server: LiveServer, transactional_db: None, world: World, page: Page, settings: Any) -> Iterator[Page]:
    """A browser in which Alice is signed in. Fails the test when the browser complains."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A form that is refused is answered with 422, which browsers call an error.
        if message.type == "error" and "422" not in message.text:
            complaints.append(message.text)

    settings.BASE_URL = live_server.url
    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    session = signed_in(world.alice).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    capture_by_default()
    yield page
    assert complaints == []


def test_an_administrator_sets_up_a_server_and_tests_it(
    desk: Page, live_server: LiveServer, smtp_server: SmtpServer
) -> None:
    desk.goto(f"{live_server.url}/mail/providers/")
    expect(desk.get_by_text("Mail is captured")).to_be_visible()
    desk.get_by_role("link", name="Add provider").click()
    desk.get_by_role("link", name=re.compile("SMTP server")).click()
    desk.get_by_label("Name", exact=True).fill("Our relay")
    desk.get_by_label("Host").fill(smtp_server.host)
    desk.get_by_label("Port").fill(str(smtp_server.port))
    desk.get_by_label("Encryption").select_option("none")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_label("Send a test message to").fill("dora@example.com")
    desk.get_by_role("button", name="Test now").click()
    expect(desk.locator("#test-result")).to_contain_text("It works.")
    assert smtp_server.received[-1].recipients == ("dora@example.com",)
    desk.get_by_role("button", name="Use it first").click()
    expect(desk.get_by_text("Mail leaves by this: broadcast, transactional and 1:1")).to_be_visible()
    expect(desk.get_by_text("Mail is captured")).to_have_count(0)


def test_an_email_is_written_captured_opened_and_seen_on_the_contact(desk: Page, live_server: LiveServer) -> None:
    contact = make_contact(first_name=LONG, last_name="Lovelace")
    desk.goto(f"{live_server.url}{contact.get_absolute_url()}")
    desk.get_by_role("link", name="Send email").first.click()
    desk.locator("trix-editor[contenteditable]").wait_for()
    desk.get_by_label("Subject").fill("A word, ")
    desk.locator("[data-composer] summary").click()
    desk.locator("[data-insert-tag='contact.city']").click()
    expect(desk.locator("[data-composer-blank]")).to_contain_text("contact.city")
    desk.locator("trix-editor").click()
    desk.keyboard.type("Dear friend, see https://example.com/offer please.")
    desk.locator("[data-composer] button.btn-primary").click()
    desk.get_by_label(re.compile("City")).fill("London")
    desk.locator("[data-composer] button.btn-primary").click()
    expect(desk.locator("#toasts")).to_contain_text("is on its way")

    drain_lane("one_to_one")
    message = Message.objects.get()
    assert message.state == "sent"
    Message.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    desk.goto(f"{live_server.url}/mail/captured/")
    desk.get_by_role("link", name="A word, London").click()
    link = desk.frame_locator("iframe").get_by_role("link", name="https://example.com/offer")
    target = link.get_attribute("href") or ""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    reader = Client(headers={"user-agent": agent})
    assert reader.get(re.sub(r"^https?://[^/]+", "", target))["Location"] == "https://example.com/offer"
    drain_hits(settle_seconds=-1)

    desk.goto(f"{live_server.url}{contact.get_absolute_url()}")
    desk.get_by_role("navigation", name="Record").get_by_role("link", name=re.compile("Emails")).click()
    expect(desk.locator("#tab-body")).to_contain_text("1 click")
    desk.get_by_role("link", name="A word, London").first.click()
    expect(desk.get_by_text("First clicked")).to_be_visible()


def test_a_list_is_left_on_a_phone_without_scripts_or_sign_in(
    live_server: LiveServer, transactional_db: None, browser: Browser
) -> None:
    contact = make_contact("ada.with.a.very.long.address.indeed@subdomain.of.some.long.example.com")
    news = MailingList.objects.create(name="News", description="Once a month, " * 10)
    subscribe(contact=contact, mailing_list=news, by=None, source="t")
    message = make_message(contact=contact, mailing_list=news)
    phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = phone.new_page()
    page.goto(f"{live_server.url}/e/u/{purpose_token('unsubscribe', message.pk)}")
    page.get_by_role("button", name="Unsubscribe from this list").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert contact.subscriptions.get().status == "unsubscribed"
    page.get_by_role("link", name=re.compile("mistake")).click()
    page.get_by_label("News").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert contact.subscriptions.get().status == "active"
    assert page.context.cookies() == []
    phone.close()
