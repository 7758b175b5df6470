"""A campaign through the outbox to a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import actions, tasks
from campaigns.models import Campaign
from contacts.actions.lists import unsubscribe
from contacts.models import Contact, MailingList
from messaging.actions.suppress import suppress
from messaging.models import MailingStats, Message, Provider, Suppression
from messaging.outbox.desk import close_desks
from messaging.outbox.drain import drain_lane
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World
from tests.messaging.blasts import smtp_provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_threads_left_behind() -> Iterator[None]:
    yield
    close_desks()


@pytest.fixture
def server(ready: Campaign, smtp_server: SmtpServer) -> SmtpServer:
    """The way out, in place of capture."""
    Provider.objects.all().delete()
    smtp_provider(smtp_server)
    return smtp_server


def queued(campaign: Campaign, world: World) -> Campaign:
    actions.start_campaign(campaign=campaign, by=world.bob)
    tasks.freeze(campaign.pk)
    return Campaign.objects.get(pk=campaign.pk)


def recipients(server: SmtpServer) -> list[str]:
    return sorted(address for one in server.received for address in one.recipients)


def test_everybody_on_the_list_gets_it_once_with_their_name_and_a_way_out(
    ready: Campaign, world: World, server: SmtpServer
) -> None:
    campaign = queued(ready, world)
    drain_lane("campaign")
    tasks.watch()

    assert recipients(server) == ["ada@example.com", "ben@example.com"]
    mail = server.to("ada@example.com")[0].message
    body = mail.get_body(("html",))
    assert body is not None
    html = body.get_content()
    assert "Hi Ada" in html
    assert "1 Example Street, London" in html
    assert "/e/u/" in html
    assert mail["Subject"] == "Spring is here"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    campaign.refresh_from_db()
    assert campaign.status == "sent"


def test_who_leaves_between_queue_and_sending_gets_nothing(
    ready: Campaign, world: World, server: SmtpServer, newsletter: MailingList
) -> None:
    queued(ready, world)
    unsubscribe(contact=Contact.objects.get(email="ada@example.com"), mailing_list=newsletter, by=None, reason="asked")
    drain_lane("campaign")
    tasks.watch()

    assert recipients(server) == ["ben@example.com"]
    assert Message.objects.get(address="ada@example.com").state == "suppressed"
    assert MailingStats.objects.get(mailing=ready.mailing).suppressed == 1
    ready.refresh_from_db()
    assert ready.status == "sent"


def test_who_is_suppressed_between_queue_and_sending_gets_nothing(
    ready: Campaign, world: World, server: SmtpServer
) -> None:
    queued(ready, world)
    suppress(address="ADA@example.com", kind=Suppression.Kind.COMPLAINT, reason="said so", by=None)
    drain_lane("campaign")
    assert recipients(server) == ["ben@example.com"]


def test_who_left_one_list_is_still_reached_by_the_other(
    ready: Campaign, world: World, server: SmtpServer, newsletter: MailingList, join: Callable[..., Contact]
) -> None:
    offers = MailingList.objects.create(name="Offers")
    ada = join("ada@example.com", offers)
    actions.update_campaign(campaign=ready, details=actions.Details(lists=[newsletter, offers]), by=world.bob)
    queued(ready, world)
    unsubscribe(contact=ada, mailing_list=newsletter, by=None, reason="asked")
    drain_lane("campaign")

    assert recipients(server) == ["ada@example.com", "ben@example.com"]
    assert server.to("ada@example.com")[0].message["List-Id"].startswith("Offers")


def test_a_paused_campaign_sends_nothing_until_it_goes_on(ready: Campaign, world: World, server: SmtpServer) -> None:
    campaign = queued(ready, world)
    actions.pause_campaign(campaign=campaign, by=world.bob)
    drain_lane("campaign")
    assert server.received == []
    actions.resume_campaign(campaign=campaign, by=world.bob)
    drain_lane("campaign")
    assert len(server.received) == 2


def test_a_test_reaches_its_author_as_the_campaign_would(ready: Campaign, world: World, server: SmtpServer) -> None:
    actions.send_test(campaign=ready, by=world.bob)
    drain_lane("one_to_one")

    assert recipients(server) == ["bob@example.com"]
    mail = server.received[0].message
    assert mail["Subject"] == "[Test] Spring is here"
    assert mail["List-Unsubscribe"]
    body = mail.get_body(("html",))
    assert body is not None
    assert "https://relay.example/spring" in body.get_content()
    assert "Hi Ada" in body.get_content()


def test_a_scheduled_campaign_is_started_by_the_clock_once(ready: Campaign, world: World, server: SmtpServer) -> None:
    actions.schedule_campaign(campaign=ready, at=timezone.now() + timedelta(hours=1), by=world.bob)
    tasks.start_due()
    assert Campaign.objects.get(pk=ready.pk).status == "scheduled"
    Campaign.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        tasks.start_due()
        tasks.freeze(ready.pk)
        tasks.watch()
        drain_lane("campaign")
    tasks.watch()
    assert recipients(server) == ["ada@example.com", "ben@example.com"]
    assert Campaign.objects.get(pk=ready.pk).status == "sent"
