"""Photographs every page of a running Relay."""

from __future__ import annotations

import os
import shutil
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management.base import BaseCommand, CommandError

from contacts.models import Role, User
from crm.screenshots import LOOKS, PAGES, Look, Page, address_of

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class Command(BaseCommand):
    """`manage.py screenshots`: a session of the first administrator is made for it and ended afterwards."""

    help = "Take pictures of every page of a running instance, light and dark, 1440 and 390 pixels wide."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the instance is, where the pictures go, and which of them."""
        parser.add_argument("--url", default=settings.BASE_URL, help=f"address of the instance ({settings.BASE_URL})")
        parser.add_argument("--into", default=str(settings.DATA_DIR / "screenshots"), help="folder for the pictures")
        parser.add_argument("--only", default="", help="only pages whose url name contains this")
        parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", ""), help="the browser to drive")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the pictures and say what went wrong on the way."""
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise CommandError("Playwright is not installed: ./bin/test makes the environment that has it.") from None
        browser_path = options["chromium"] or next(filter(None, map(shutil.which, CHROMIUM)), None)
        if not browser_path:
            raise CommandError("No Chromium found: install the package chromium, or name one by --chromium.")
        pages = [(page, path) for page in PAGES if options["only"] in page.url_name and (path := address_of(page))]
        missing = [page.url_name for page in PAGES if options["only"] in page.url_name and not address_of(page)]
        into = Path(options["into"])
        into.mkdir(parents=True, exist_ok=True)
        session = _session()
        troubles: list[str] = []
        # Playwright runs an event loop, inside which Django refuses synchronous queries: none is made from here on.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
            for look in LOOKS:
                troubles += _photograph(browser, look, pages, options["url"].rstrip("/"), into, session.session_key)
            browser.close()
        session.delete()
        self.stdout.write(f"{len(pages) * len(LOOKS)} pictures in {into}")
        for words in [*(f"no such page or row yet: {name}" for name in missing), *troubles]:
            self.stderr.write(words)


def _session() -> Any:
    """A signed-in session of the first administrator."""
    user = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError("There is no administrator to sign in as.")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session


def _photograph(
    browser: Any, look: Look, pages: list[tuple[Page, str]], url: str, into: Path, session_key: str
) -> list[str]:
    """Take one look's pictures; returns what the browser complained about, with the page."""
    troubles: list[str] = []
    contexts = {}
    for anonymous in (True, False):
        contexts[anonymous] = browser.new_context(
            viewport={"width": look.width, "height": look.height}, color_scheme=look.theme, reduced_motion="reduce"
        )
    contexts[False].add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_key, "url": url}])
    for page, path in pages:
        tab = contexts[page.anonymous].new_page()
        name = f"{page.file_name} {look.theme} {look.width}"
        tab.on("pageerror", lambda error, name=name: troubles.append(f"{name}: {error}"))
        tab.on("console", lambda said, name=name: troubles.extend(_complaint(name, said)))
        answer = tab.goto(url + path)
        tab.wait_for_timeout(600)
        # As tall as the page, so that what sticks to the window's edge (the navigation) is drawn over its whole length.
        height = max(look.height, tab.evaluate("document.documentElement.scrollHeight"))
        tab.set_viewport_size({"width": look.width, "height": height})
        if tab.evaluate("document.documentElement.scrollWidth") > look.width:
            troubles.append(f"{name}: wider than the window")
        if answer is None or answer.status != 200:
            troubles.append(f"{name}: status {answer.status if answer else 'none'}")
        tab.screenshot(path=str(into / f"{page.file_name}-{look.theme}-{look.width}.png"), full_page=True)
        tab.close()
    for context in contexts.values():
        context.close()
    return troubles


def _complaint(name: str, said: Any) -> list[str]:
    """What the browser's console says of a page, when it is an error."""
    return [f"{name}: {said.text[:200]}"] if said.type == "error" else []
