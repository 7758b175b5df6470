"""Loads the demo in one transaction: either all of it is there, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import Contact, MailingList, User
from crm.demo import content, history, people, sales, welcome
from messaging.actions.one_to_one import send_one_to_one
from messaging.models import Message, Provider, SendingDomain

CONTACTS = 2_000


@transaction.atomic
def load_demo(*, now: datetime | None = None, contacts: int = CONTACTS) -> User:
    """Fill an empty installation. Always the same data for the same moment; returns the administrator."""
    now = now or timezone.now()
    random = Random(20261123)
    people.make_organization()
    team = people.make_team()
    SendingDomain.objects.create(
        domain="velofleet.example", verified_at=now, verified_how="administrator", verified_by=team.dana
    )
    accounts = people.make_accounts(random, team, now)
    made = people.make_contacts(random, team, accounts, now, contacts)
    lists = people.make_lists(random, made, now)
    people.make_tags(random, made)
    people.make_fields(random, made, now)
    sales.make_deals(random, team, made, sales.make_pipelines(), now)
    make_campaigns(random, lists, team, now)
    readers = Contact.objects.filter(subscriptions__list=lists["newsletter"], subscriptions__status="active")
    newest = list(readers.order_by("id"))
    welcome.make_welcome_series(random, lists["newsletter"], [made[0], *newest[1:][-80:]], team.mira, now)
    welcome.let_newcomers_join(lists["newsletter"], newest[-20:])
    write_to_people(team, made)
    return team.dana


def make_campaigns(random: Random, lists: dict[str, MailingList], team: people.Team, now: datetime) -> None:
    """Six that were sent, one ready to be sent, one scheduled, one hardly begun."""
    provider = Provider.objects.filter(kind="capture").first() or Provider.objects.create(
        name="Capture", kind="capture"
    )
    for letter in content.SENT:
        history.make_sent_campaign(random, letter, lists[letter.list_key], team.mira, provider, now)
    opened = Message.objects.filter(contact=OuterRef("pk"), opened_at__isnull=False).order_by("-opened_at")
    Contact.objects.filter(messages__opened_at__isnull=False).update(
        last_seen_at=Subquery(opened.values("opened_at")[:1])
    )
    plans = ((content.READY, "draft", None), (content.SENT[3], "scheduled", 9), (content.DRAFT, "draft", None))
    for letter, status, days in plans:
        name = f"{letter.name}, once more" if days else letter.name
        campaign = Campaign.objects.create(
            name=name,
            status=status,
            mailing=content.make_mailing(letter),
            scheduled_at=now + timedelta(days=days) if days else None,
            created_by=team.mira,
        )
        campaign.lists.add(lists[letter.list_key])


def write_to_people(team: people.Team, contacts: list[Contact]) -> None:
    """A few personal emails, sent by the real way as soon as the workers start."""
    for contact in contacts[:6]:
        send_one_to_one(
            user=team.dana,
            contact=contact,
            subject="Your fleet proposal, revised",
            html=(
                "<p>Hi {{ contact.first_name }},</p><p>The winter service plan is in the new proposal. I will send"
                " the contract on Wednesday.</p><p>Best<br>Dana</p>"
            ),
            by=team.dana,
        )
