"""What messaging puts on the record pages of lower floors, and the contacts behind its figures."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from contacts.filters import OverviewFilter
from contacts.models import User
from contacts.panels import Panel
from contacts.querysets import ContactQuerySet
from messaging.models import Hit, Mailing, Message

MOST_COUNTED = 1000


def _count_of_contact(pk: int) -> int:
    return Message.objects.filter(contact_id=pk).order_by()[:MOST_COUNTED].count()


def _panels() -> tuple[Panel, ...]:
    view, send = "messages.view", "messages.send_one_to_one"
    emails, write = _("Emails"), _("Send email")
    return (
        Panel("emails", emails, "contact", "tab", "messaging:emails_of_contact", 20, "mail", view, _count_of_contact),
        Panel("emails", emails, "account", "tab", "messaging:emails_of_account", 20, "mail", view),
        Panel("emails", emails, "deal", "tab", "messaging:emails_of_deal", 20, "mail", view),
        Panel("opened", _("Emails opened"), "contact", "key_figure", "messaging:opened_figure", 20, "", view),
        Panel("write", write, "contact", "action", "messaging:write_to_contact", 90, "send", send),
        Panel("write", write, "account", "action", "messaging:write_to_account", 90, "send", send),
        Panel("write", write, "deal", "action", "messaging:write_to_deal", 90, "send", send),
    )


PANELS = _panels()

# The figures of a report, and the messages that each of them counts. Filters of the contacts overview:
# `?mailing_opened=12`; for clicks also of one link, `?mailing_clicked=12:3`.
_BEHIND: dict[str, tuple[StrPromise, Q]] = {
    "recipients": (_("Recipients of"), Q()),
    "sent": (_("Was sent"), Q(state__in=Message.GONE_OUT)),
    "delivered": (_("Received"), Q(state__in=Message.GONE_OUT, bounced_at=None)),
    "opened": (_("Opened"), Q(opened_at__isnull=False)),
    "not_opened": (_("Did not open"), Q(state__in=Message.GONE_OUT, bounced_at=None, opened_at=None)),
    "clicked": (_("Clicked in"), Q(clicked_at__isnull=False)),
    "replied": (_("Answered"), Q(replied_at__isnull=False)),
    "bounced": (_("Bounced"), Q(bounced_at__isnull=False)),
    "bounced_hard": (_("Bounced for good"), Q(bounce_kind="hard")),
    "bounced_soft": (_("Bounced for now"), Q(bounce_kind="soft")),
    "complained": (_("Marked as spam"), Q(complained_at__isnull=False)),
    "unsubscribed": (_("Unsubscribed by"), Q(unsubscribed_at__isnull=False)),
    "failed": (_("Failed"), Q(state="failed")),
    "suppressed": (_("Was not sent"), Q(state="suppressed")),
    "cancelled": (_("Was cancelled"), Q(state="cancelled")),
    "uncertain": (_("Uncertain"), Q(state="uncertain")),
    "waiting": (_("Still waiting"), Q(state__in=Message.OPEN)),
}


def _filter(name: str, title: StrPromise, which: Q) -> OverviewFilter:
    def apply(contacts: ContactQuerySet, value: str, user: User) -> ContactQuerySet:
        mailing, link = _parse(value)
        if mailing is None or not user.can("messages.view"):
            return contacts.none()
        messages = Message.objects.filter(which, mailing_id=mailing)
        if link is not None:
            clicks = Hit.objects.filter(kind="click", is_machine=False, link_number=link, message__mailing_id=mailing)
            messages = messages.filter(pk__in=clicks.values("message_id"))
        return contacts.filter(pk__in=messages.values("contact_id"))

    return OverviewFilter(f"mailing_{name}", title, apply, _describe(title))


def _describe(title: StrPromise) -> Callable[[str], str]:
    def describe(value: str) -> str:
        mailing = Mailing.objects.filter(pk=_parse(value)[0] or 0).only("name", "subject").first()
        return f"{title}: {mailing or '?'}"

    return describe


def _parse(value: str) -> tuple[int | None, int | None]:
    mailing, _colon, link = value.partition(":")
    return _number(mailing), _number(link)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


FILTERS = tuple(_filter(name, title, which) for name, (title, which) in _BEHIND.items())
