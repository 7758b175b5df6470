"""Mailings, recipients and providers for tests of the outbox."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from contacts.models import Contact, MailingList, Organization, Subscription
from messaging.actions.compose import queue_blast
from messaging.models import Mailing, Message, Provider
from tests.fixtures.smtp import SmtpServer
from tests.messaging.faulty_smtp import FaultySmtp
from tests.messaging.quick_sink import QuickSink
from tests.messaging.scripted_smtp import ScriptedServer

HTML = (
    "<html><body><p>Hello {{ contact.first_name | default: 'there' }}</p>"
    "<p><a href='https://example.com/shop'>Shop</a></p>"
    "<p>Example Ltd, 1 High Street, London. <a href='{{ unsubscribe_url }}'>Unsubscribe</a></p></body></html>"
)


def make_list(name: str = "News") -> MailingList:
    return MailingList.objects.create(name=name)


def subscribe(mailing_list: MailingList, count: int, *, domain: str = "example.com", name: str = "p") -> list[Contact]:
    """`count` contacts, active on the list: p0@example.com and so on."""
    contacts = Contact.objects.bulk_create(
        Contact(email=f"{name}{number}@{domain}", first_name=f"Name{number}") for number in range(count)
    )
    Subscription.objects.bulk_create(
        Subscription(contact=contact, list=mailing_list, status="active") for contact in contacts
    )
    return contacts


def subscribe_addresses(mailing_list: MailingList, *addresses: str) -> list[Contact]:
    contacts = Contact.objects.bulk_create(Contact(email=address) for address in addresses)
    Subscription.objects.bulk_create(
        Subscription(contact=contact, list=mailing_list, status="active") for contact in contacts
    )
    return contacts


def make_mailing(**changes: Any) -> Mailing:
    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Example Ltd", "postal_address": "1 High Street, London"}
    )
    given = {
        "purpose": "marketing",
        "origin": "campaign",
        "name": "October news",
        "subject": "News for {{ contact.first_name | default: 'you' }}",
        "html": HTML,
        "from_name": "Example",
        "from_email": "news@example.com",
    }
    return Mailing.objects.create(**(given | changes))


def audience(*lists: MailingList) -> Any:
    """The contacts active on these lists, each by the first of them."""
    active = Subscription.objects.filter(list__in=lists, status="active").order_by("contact_id", "list_id")
    ids = active.distinct("contact_id").values("pk")
    return Contact.objects.filter(subscriptions__in=ids).annotate(list_id=F("subscriptions__list_id"))


def queue(mailing: Mailing, *lists: MailingList) -> int:
    return queue_blast(mailing=mailing, audience=audience(*lists), list_ids=[one.pk for one in lists], by=None)


def blast(count: int, **changes: Any) -> Mailing:
    """A mailing queued to `count` new contacts of a new list: p0@… of the first blast, q0@… of the second."""
    number = MailingList.objects.count()
    mailing_list = make_list(f"List {number}")
    subscribe(mailing_list, count, name="pqrs"[number])
    mailing = make_mailing(**changes)
    assert queue(mailing, mailing_list) == count
    return mailing


def smtp_provider(server: SmtpServer | QuickSink | FaultySmtp | ScriptedServer, **changes: Any) -> Provider:
    config = {"host": server.host, "port": server.port, "security": "none", "local_hostname": "relay.example"}
    return Provider.objects.create(**({"name": f"SMTP {server.port}", "kind": "smtp", "config": config} | changes))


def capture_provider(**changes: Any) -> Provider:
    return Provider.objects.create(**({"name": "Capture", "kind": "capture"} | changes))


def states(mailing: Mailing | None = None) -> dict[str, int]:
    """How many messages are in each state."""
    found = Message.objects.filter(mailing=mailing) if mailing else Message.objects.all()
    counts: dict[str, int] = {}
    for state in found.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts
