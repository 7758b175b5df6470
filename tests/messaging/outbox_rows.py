"""Rows of the outbox as they are after sending, for tests of what comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact
from messaging.models import Mailing, MailingLink, MailingStats, Message

LINKS = ("https://example.com/one", "https://example.com/two", "https://example.com/three")


def make_contact(email: str = "ada@example.com", **facts: Any) -> Contact:
    """A contact; the same address twice is the same one."""
    return Contact.objects.get_or_create(email=email, defaults={"first_name": "Ada", **facts})[0]


def make_mailing(**facts: Any) -> Mailing:
    """A mailing with three links and empty figures."""
    values = {"purpose": "marketing", "origin": "campaign", "subject": "Spring news", "name": "Spring"} | facts
    mailing = Mailing.objects.create(**values)
    MailingStats.objects.create(mailing=mailing)
    MailingLink.objects.bulk_create(
        MailingLink(mailing=mailing, number=number, url=url) for number, url in enumerate(LINKS, 1)
    )
    return mailing


def make_message(*, mailing: Mailing | None = None, contact: Contact | None = None, **facts: Any) -> Message:
    """A message that was sent an hour ago."""
    mailing = mailing or make_mailing()
    contact = contact or make_contact()
    values = {
        "address": contact.email,
        "purpose": mailing.purpose,
        "origin": mailing.origin,
        "lane": "campaign",
        "state": "sent",
        "sent_at": timezone.now() - timedelta(hours=1),
    }
    message: Message = Message.objects.create(mailing=mailing, contact=contact, **(values | facts))
    message.refresh_from_db()
    return message
