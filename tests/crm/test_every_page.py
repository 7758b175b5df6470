"""Every page, in a browser, with the demo data: it opens, says nothing red, fits, and axe finds nothing serious."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from contacts.models import User
from crm.demo.load import load_demo
from crm.screenshots import PAGES, address_of
from messaging.models import CapturedMail
from tests.fixtures.processes import Stack, wait_until

SERIOUS = ("serious", "critical")
# The Django admin is other people's markup and policy.
OTHERS = ("admin:",)
LOOKS = (("light", 1440, 900), ("dark", 390, 844))


def troubles_of(page: Page, path: str, url: str, width: int) -> list[str]:
    """What is wrong with one page, in words."""
    found: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            found.append(f"console: {said.text[:200]}")

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    answer = page.goto(url + path)
    page.wait_for_load_state("networkidle")
    if answer is None or answer.status != 200:
        found.append(f"status {answer.status if answer else 'none'}")
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("wider than the window")
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in SERIOUS:
            nodes: list[Any] = violation["nodes"]
            found.append(f"axe {violation['id']}: {nodes[0]['html'][:160]} ({len(nodes)} places)")
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theme", "width", "height"), LOOKS, ids=lambda value: str(value))
def test_every_page_opens_fits_and_can_be_read_by_all(
    browser: Browser, live_stack: Stack, theme: str, width: int, height: int
) -> None:
    load_demo(contacts=160)
    administrator = User.objects.get(email="dana@relay.example")

    wait_until(CapturedMail.objects.exists, what="captured mail")
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    first = context.new_page()
    live_stack.sign_in(first, administrator)
    found: dict[str, list[str]] = {}
    for wanted in PAGES:
        path = address_of(wanted)
        if wanted.url_name.startswith(OTHERS) or path is None:
            continue
        page = context.new_page()
        if troubles := troubles_of(page, path, live_stack.url, width):
            found[f"{wanted.url_name} {path}"] = troubles
        page.close()
    context.close()
    assert found == {}
