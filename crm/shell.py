"""What the shell around every page needs: the navigation a user may see, and what our scripts are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.models import Provider

ALPINE = "vendor/alpine/3.17.4/alpine-csp.min.js"
# Libraries that js/parts.js fetches when a page uses them. Versions as in bin/vendor.
LAZY_ASSETS = {
    "alpine": (ALPINE,),
    "composer": ("js/composer.js", "css/mail.css"),
    "chart": ("vendor/chart/4.6.1/chart.min.js",),
    "sortable": ("vendor/sortable/1.15.7/sortable.min.js",),
    "tomselect": ("vendor/tom-select/2.6.2/tom-select.min.js", "vendor/tom-select/2.6.2/tom-select.min.css"),
    "trix": ("vendor/trix/2.1.19/trix.min.js", "vendor/trix/2.1.19/trix.css"),
    "sprite": ("vendor/tabler-icons/3.51.0/sprite.svg",),
}


@dataclass(frozen=True)
class Entry:
    """One line of the navigation. `permission` "" means everybody; `key` is its shortcut after "g"."""

    label: Any
    icon: str
    url_name: str
    permission: str = ""
    key: str = ""


@dataclass(frozen=True)
class ShownEntry:
    """A line of the navigation as one user sees it on one page."""

    label: str
    icon: str
    url: str
    key: str
    current: bool


NAVIGATION: tuple[tuple[Any, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Home"), "home", "home", "", "h"),
            Entry(_("Contacts"), "users", "contacts:overview", "contacts.view", "c"),
            Entry(_("Accounts"), "building", "contacts:accounts", "contacts.view", "a"),
            Entry(_("Deals"), "currency-dollar", "deals:board", "deals.view", "d"),
            Entry(_("Campaigns"), "send", "campaigns:overview", "campaigns.view", "m"),
            Entry(_("Automations"), "git-merge", "automations:overview", "automations.view", "u"),
            Entry(_("Jobs"), "progress", "contacts:jobs", "contacts.view", "j"),
        ),
    ),
    (
        _("Content"),
        (
            Entry(_("Lists & tags"), "tags", "contacts:lists", "contacts.view", "l"),
            Entry(_("Fields"), "forms", "contacts:fields", "lists.edit", "f"),
            Entry(_("Templates"), "template", "messaging:templates", "messages.manage", "e"),
        ),
    ),
    (
        _("Operations"),
        (
            Entry(_("Operations"), "activity", "operations", "operations.manage", "y"),
            Entry(_("Outbox"), "mail-forward", "messaging:outbox", "messages.view", "o"),
            Entry(_("Captured mail"), "mail-opened", "messaging:captured", "captured.view", "x"),
            Entry(_("Suppressions"), "ban", "messaging:suppressions", "messages.manage", "b"),
            Entry(_("Providers"), "server", "messaging:providers", "providers.edit", "p"),
        ),
    ),
    (
        _("Settings"),
        (
            Entry(_("Organisation"), "building-store", "settings_organization", "settings.edit"),
            Entry(_("Sending addresses"), "at", "messaging:senders", "settings.edit"),
            Entry(_("Users"), "user-shield", "settings_users", "users.edit"),
            Entry(_("Admin"), "database", "admin:index", "settings.edit"),
        ),
    ),
)

# What "New" in the top bar (and the search, when one types "new") offers.
CREATABLE = (
    Entry(_("New contact"), "user-plus", "contacts:contact_new", "contacts.edit"),
    Entry(_("New account"), "building", "contacts:account_new", "contacts.edit"),
    Entry(_("New deal"), "currency-dollar", "deals:create", "deals.edit"),
    Entry(_("New campaign"), "send", "campaigns:create", "campaigns.edit"),
)


@cache
def address_of(url_name: str) -> str | None:
    """The path of a named page, None while no app offers it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def navigation_for(user: Any, path: str) -> list[tuple[str, list[ShownEntry]]]:
    """The groups and lines `user` may see; the line whose address is the longest start of `path` is current."""
    allowed = [
        (title, [(entry, url) for entry in entries if _may(user, entry) and (url := address_of(entry.url_name))])
        for title, entries in NAVIGATION
    ]
    urls = [url for _title, pairs in allowed for _entry, url in pairs]
    current = max((url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default="")
    return [
        (str(title), [ShownEntry(str(e.label), e.icon, url, e.key, url == current) for e, url in pairs])
        for title, pairs in allowed
        if pairs
    ]


def creatable_by(user: Any) -> list[ShownEntry]:
    """What this user may make."""
    pairs = [(entry, url) for entry in CREATABLE if _may(user, entry) and (url := address_of(entry.url_name))]
    return [ShownEntry(str(entry.label), entry.icon, url, "", False) for entry, url in pairs]


def _may(user: Any, entry: Entry) -> bool:
    return not entry.permission or user.can(entry.permission)


def mail_is_captured() -> bool:
    """Whether mail of any stream is kept here instead of leaving, which whoever sends should know."""
    active = list(Provider.objects.filter(is_active=True).values_list("kind", "broadcast", "transactional"))
    firsts = (next((row[0] for row in active if row[stream]), "") for stream in (1, 2))
    return "capture" in firsts


def script_config() -> dict[str, Any]:
    """Addresses of libraries loaded on demand, and the words our scripts say."""
    return {
        "assets": {name: [static(path) for path in paths] for name, paths in LAZY_ASSETS.items()},
        "words": {
            "now": gettext("just now"),
            "minutes": gettext("%d min ago"),
            "hours": gettext("%d h ago"),
            "failed": gettext("That did not work. Nothing was changed; please try again."),
            "offline": gettext("The server cannot be reached. Check your connection and try again."),
            "forbidden": gettext("You do not have permission to do that."),
            "gone": gettext("That no longer exists, or you may not see it."),
            "expired": gettext("Your session has ended. Reload the page and sign in again."),
            "close": gettext("Close"),
            "copied": gettext("Copied"),
            "moved": gettext("Moved to position %d"),
            "create": gettext("Add “%s”"),
            "nothing": gettext("Nothing found"),
            "ok": gettext("OK"),
        },
    }


def shell(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """Context processor: `navigation`, `navigation_shortcuts`, `script_config`, each made only when it is read."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"script_config": script_config}

    @cache
    def navigation() -> list[tuple[str, list[ShownEntry]]]:
        return navigation_for(user, request.path)

    def shortcuts() -> list[ShownEntry]:
        return [line for _title, lines in navigation() for line in lines if line.key]

    return {
        "script_config": script_config,
        "navigation": navigation,
        "navigation_shortcuts": shortcuts,
        "creatable": lambda: creatable_by(user),
        "mail_is_captured": mail_is_captured,
    }
