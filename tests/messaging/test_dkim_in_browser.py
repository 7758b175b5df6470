"""A DKIM key in a real browser: made, its record copied into DNS, activated, rotated."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from messaging.models import DkimKey
from tests.fixtures.dns import DnsServer
from tests.messaging.test_mail_in_browser import desk as desk  # the fixture


def publish(server: DnsServer, key: Locator) -> None:
    """Do what the page asks for: copy name and value into DNS."""
    name, value = key.locator(".dns-record [data-copy]").all()
    server.texts[name.get_attribute("data-copy") or ""] = [value.get_attribute("data-copy") or ""]


def look(page: Page, name: str) -> None:
    """Nobody is kept out, nothing is wider than a phone; a picture is kept where SHOTS names a folder."""
    for theme, width in (("light", 1440), ("dark", 390)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        # Colours fade from one theme into the other.
        page.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page, "main").response["violations"]
        bad = [each for each in violations if each["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"]) for each in bad] == []
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_domain_gets_a_key_and_the_key_a_successor(
    desk: Page, live_server: LiveServer, dns_server: DnsServer
) -> None:
    desk.goto(f"{live_server.url}/mail/senders/")
    desk.get_by_label("Domain").fill("example.com")
    desk.get_by_role("button", name="Add domain").click()
    expect(desk.get_by_role("heading", name="No DKIM key yet")).to_be_visible()
    expect(desk.locator("#policy-spf")).to_contain_text("Missing")
    look(desk, "empty")

    desk.get_by_role("button", name="Make the first key").click()
    first = desk.locator(".dkim-key", has_text="relay1").first
    expect(first).to_contain_text("Waiting for its record")
    first.get_by_role("button", name="Check now").click()
    expect(first).to_contain_text("There is no TXT record at relay1._domainkey.example.com yet")
    publish(dns_server, first)
    first.get_by_role("button", name="Check now").click()
    first.get_by_role("button", name="Activate").click()
    expect(first).to_contain_text("Signs since")
    assert DkimKey.objects.get().state == "active"

    first.get_by_role("button", name="Rotate").click()
    second = desk.locator(".dkim-key", has_text="relay2").first
    expect(second).to_contain_text("Waiting for its record")
    expect(first).to_contain_text("Active")
    publish(dns_server, second)
    dns_server.texts["_dmarc.example.com"] = ["v=DMARC1; p=none"]
    second.get_by_role("button", name="Check now").click()
    look(desk, "rotating")
    second.get_by_role("button", name="Activate").click()
    expect(second).to_contain_text("Signs since")
    expect(first).to_contain_text("Keep its record until")
    expect(desk.locator("#policy-dmarc")).to_contain_text("Present")
    look(desk, "rotated")

    first.locator(".menu summary").click()
    first.get_by_role("button", name="Retire now").click()
    desk.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(desk.get_by_text("Retired keys")).to_be_visible()
    desk.get_by_text("Retired keys").click()
    expect(desk.get_by_text("its record may be taken out of DNS")).to_be_visible()
    desk.goto(f"{live_server.url}/mail/senders/")
    look(desk, "senders")
