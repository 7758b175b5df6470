"""Which pages are photographed, and how: `manage.py screenshots` and the browser tests go by this list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Page:
    """A page by its url name. `model` names the rows whose newest stands for a record page; `order` picks another."""

    url_name: str
    model: str = ""
    order: str = "-pk"
    anonymous: bool = False
    filters: tuple[tuple[str, Any], ...] = ()

    @property
    def file_name(self) -> str:
        """The picture's name without its theme and width."""
        words = [self.url_name.replace(":", "-"), *(str(value) for _key, value in self.filters)]
        return "-".join(words)


@dataclass(frozen=True)
class Look:
    """A theme and a width in pixels."""

    theme: str
    width: int
    height: int


LOOKS = tuple(Look(theme, *size) for theme in ("light", "dark") for size in ((1440, 900), (390, 844)))

PAGES = (
    Page("account_login", anonymous=True),
    Page("account_reset_password", anonymous=True),
    Page("home"),
    Page("search"),
    Page("styleguide"),
    Page("contacts:overview"),
    Page("contacts:contact_new"),
    Page("contacts:account_new"),
    Page("contacts:contact", "contacts.Contact", order="-score"),
    Page("contacts:accounts"),
    Page("contacts:account", "contacts.Account", order="pk"),
    Page("contacts:lists"),
    Page("contacts:list", "contacts.MailingList"),
    Page("contacts:fields"),
    Page("contacts:import"),
    Page("contacts:jobs"),
    Page("contacts:job", "contacts.Job"),
    Page("deals:board"),
    Page("deals:table"),
    Page("deals:create"),
    Page("deals:deal", "deals.Deal"),
    Page("campaigns:overview"),
    Page("campaigns:create"),
    Page("campaigns:recipients", "campaigns.Campaign", filters=(("status", "draft"),)),
    Page("campaigns:sender", "campaigns.Campaign", filters=(("status", "draft"),)),
    Page("campaigns:content", "campaigns.Campaign", filters=(("status", "draft"),)),
    Page("campaigns:summary", "campaigns.Campaign", filters=(("status", "draft"),)),
    Page("campaigns:campaign", "campaigns.Campaign", filters=(("status", "sent"),)),
    Page("automations:overview"),
    Page("automations:automation", "automations.Automation", order="pk"),
    Page("automations:runs", "automations.Automation", order="pk"),
    Page("automations:run", "automations.Enrollment"),
    Page("operations"),
    Page("messaging:outbox"),
    Page("messaging:message", "messaging.Message"),
    Page("messaging:captured"),
    Page("messaging:suppressions"),
    Page("messaging:providers"),
    Page("messaging:senders"),
    Page("messaging:domain", "messaging.SendingDomain"),
    Page("messaging:templates"),
    Page("messaging:write_to_contact", "contacts.Contact", order="-score"),
    Page("settings_organization"),
    Page("settings_users"),
    Page("settings_invite"),
    Page("settings_profile"),
    Page("settings_profile"),
    Page("account_change_password"),
    Page("mfa_index"),
    Page("admin:index"),
)


def address_of(page: Page) -> str | None:
    """The path of a page on this installation's data; None where the page or a row for it is missing."""
    arguments: list[Any] = []
    if page.model:
        rows = apps.get_model(page.model)._default_manager.filter(**dict(page.filters)).order_by(page.order)
        row = rows.first()
        if row is None:
            return None
        arguments.append(row.pk)
    try:
        return reverse(page.url_name, args=arguments)
    except NoReverseMatch:
        return None
