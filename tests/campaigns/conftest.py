"""A campaign that is ready to be sent, and what it takes to make one so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from campaigns.actions import Details, create_campaign, update_campaign
from campaigns.models import Campaign
from contacts.models import Contact, MailingList, Organization, Subscription
from messaging import blocks
from messaging.blocks import Theme
from messaging.models import Provider, SendingDomain
from tests.fixtures.world import World


@pytest.fixture
def sender(db: None) -> Organization:
    """The organisation has an address, its domain is verified, and mail leaves by capture."""
    organization = Organization.current()
    organization.name = "Relay Ltd"
    organization.postal_address = "1 Example Street, London"
    organization.default_from_name = "Relay"
    organization.default_from_email = "news@relay.example"
    organization.save()
    SendingDomain.objects.get_or_create(domain="relay.example", defaults={"verified_at": timezone.now()})
    if not Provider.objects.exists():
        Provider.objects.create(name="Capture", kind="capture")
    return organization


@pytest.fixture
def newsletter(db: None) -> MailingList:
    """A list."""
    return MailingList.objects.create(name="Newsletter")


@pytest.fixture
def join(db: None) -> Callable[..., Contact]:
    """Put a person on lists: `join("ada@example.com", newsletter, status="active")`."""

    def put(email: str, *lists: MailingList, status: str = "active", **facts: str) -> Contact:
        contact, _ = Contact.objects.get_or_create(email=email, defaults=facts)
        for each in lists:
            Subscription.objects.update_or_create(contact=contact, list=each, defaults={"status": status})
        return contact

    return put


@pytest.fixture
def ready(world: World, sender: Organization, newsletter: MailingList, join: Callable[..., Contact]) -> Campaign:
    """A draft to Ada and Ben on the newsletter that nothing stands in the way of."""
    from campaigns.actions import BlockContent, save_content

    for name in ("ada", "ben"):
        join(f"{name}@example.com", newsletter, first_name=name.title())
    campaign = create_campaign(name="Spring", by=world.bob)
    details = Details(lists=[newsletter], subject="Spring is here", preheader="A word before")
    update_campaign(campaign=campaign, details=details, by=world.bob)
    content = [
        {"kind": "heading", "id": "a", "text": "Spring"},
        {"kind": "text", "id": "b", "html": '<p>Hi {{ contact.first_name | default: "there" }}</p>'},
        {"kind": "button", "id": "c", "label": "Read", "url": "https://relay.example/spring"},
        {"kind": "footer", "id": "d"},
    ]
    return save_content(campaign=campaign, content=BlockContent(blocks.read_blocks(content), Theme()), by=world.bob)
