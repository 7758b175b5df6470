"""A campaign as a person makes it: lists, words, blocks, review, send, progress and report, with real workers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from campaigns.models import Campaign
from contacts.models import Contact, MailingList, Organization
from messaging.models import Provider
from tests.fixtures.processes import Stack
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World
from tests.messaging.blasts import smtp_provider

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def block_names(page: Page) -> list[str]:
    names: list[str] = page.locator(".overlay-label").all_inner_texts()
    return names


def choose(page: Page, name: str) -> Locator:
    """Choose a block in the email; its form."""
    page.get_by_role("button", name=name).click()
    return page.locator("[data-editor-form]")


def saved(page: Page) -> None:
    """Wait until what was written is kept and shown."""
    expect(page.locator("[data-editor]:not([data-pending])")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="Draft saved")).to_be_visible()


def test_a_campaign_is_written_sent_and_reported(
    live_stack: Stack,
    world: World,
    sender: Organization,
    newsletter: MailingList,
    join: Callable[..., Contact],
    smtp_server: SmtpServer,
    page: Page,
) -> None:
    Provider.objects.all().delete()
    smtp_provider(smtp_server)
    for email in ("ada@example.com", "ben@example.com", "550-rcpt@example.com"):
        join(email, newsletter, first_name=email[:3].title())
    live_stack.sign_in(page, world.bob)

    # Whom it goes to, and what the inbox shows.
    page.goto(f"{live_stack.url}/campaigns/")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill("Spring letter")
    page.locator(".ts-control").first.click()
    page.get_by_role("option", name="Newsletter").click()
    expect(page.locator("#audience")).to_contain_text("3 people would get it")
    page.get_by_role("button", name="Next: sender & subject").click()
    page.get_by_label("Subject").fill("Spring is here, ")
    page.locator(".merge-button").first.click()
    page.get_by_role("button", name="First name").click()
    page.get_by_label("Preheader").fill("A word before")
    page.get_by_role("button", name="Next: content").click()

    # Blocks: written, added, moved by keys, undone.
    form = choose(page, "Edit block 1: Heading")
    form.get_by_label("Text").fill("Spring has come")
    frame = page.frame_locator("[data-editor-frame]")
    expect(frame.get_by_role("heading", name="Spring has come")).to_be_visible()
    choose(page, "Edit block 3: Button").get_by_label("Link").fill("relay.example/spring")
    page.locator("[data-editor-palette] [data-kind=quote]").click()
    saved(page)
    assert block_names(page) == ["Heading", "Text", "Button", "Quote", "Footer"]
    page.get_by_role("button", name="Edit block 4: Quote").press("Alt+ArrowUp")
    assert block_names(page) == ["Heading", "Text", "Quote", "Button", "Footer"]
    page.locator("[data-editor-undo]").click()
    assert block_names(page) == ["Heading", "Text", "Button", "Quote", "Footer"]
    page.get_by_role("button", name="Edit block 4: Quote").press("Delete")
    assert block_names(page) == ["Heading", "Text", "Button", "Footer"]
    saved(page)

    # Review and send.
    page.get_by_role("link", name="Next: review").click()
    expect(page.get_by_text("Ready")).to_be_visible()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Send “Spring letter” to 3 people now?")).to_be_visible()
    page.get_by_role("button", name="Send to 3").click()

    # Progress renews itself; then the report.
    expect(page.locator("#campaign-progress .status")).to_have_text("Sent", timeout=30_000)
    page.reload()
    figure = page.locator(".campaign-figures .figure")
    expect(figure.filter(has_text="Recipients")).to_contain_text("3")
    expect(figure.filter(has_text="Delivered")).to_contain_text("2")
    expect(figure.filter(has_text="Hard bounces")).to_contain_text("1")
    figure.filter(has_text="Hard bounces").click()
    expect(page.get_by_text("550-rcpt@example.com")).to_be_visible()

    assert sorted(one.recipients for one in smtp_server.received) == [("ada@example.com",), ("ben@example.com",)]
    mail = smtp_server.to("ada@example.com")[0].message
    assert mail["Subject"] == "Spring is here, Ada"
    html = mail.get_body(("html",))
    assert html is not None
    assert "Spring has come" in html.get_content()
    assert Campaign.objects.get().status == "sent"
