"""What can be done with a campaign, and that doing it twice does nothing more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import actions
from campaigns.actions import BlockContent, Details, OwnHtml
from campaigns.errors import CampaignNotReady, ContentChanged, WrongStatus
from campaigns.models import Campaign
from campaigns.readiness import findings_of
from contacts.models import Activity, Contact, MailingList, Organization
from messaging import blocks
from messaging.blocks import BlocksInvalid, Theme
from messaging.models import Mailing, MailingStats, Message, SendingDomain
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
Join = Callable[..., Contact]


def started(campaign: Campaign, world: World) -> Campaign:
    actions.start_campaign(campaign=campaign, by=world.bob)
    actions.freeze_audience(campaign=campaign)
    campaign.refresh_from_db()
    return campaign


def kinds() -> list[str]:
    return list(Activity.objects.filter(kind__startswith="campaign.").order_by("id").values_list("kind", flat=True))


def test_a_new_campaign_is_a_draft_with_the_default_sender_and_content(world: World, sender: Organization) -> None:
    campaign = actions.create_campaign(name="Spring", by=world.bob)
    assert campaign.status == "draft"
    assert campaign.mailing.from_email == "news@relay.example"
    assert [entry["kind"] for entry in campaign.mailing.blocks] == ["heading", "text", "button", "footer"]
    assert "{{ unsubscribe_url }}" in campaign.mailing.html
    assert kinds() == ["campaign.created"]


def test_a_ready_campaign_has_nothing_in_its_way(ready: Campaign) -> None:
    assert [finding.code for finding in findings_of(ready) if finding.level == "block"] == []


def test_starting_queues_one_message_for_each_recipient(ready: Campaign, world: World) -> None:
    campaign = started(ready, world)
    assert campaign.status == "sending"
    assert campaign.audience_frozen_at
    assert sorted(Message.objects.values_list("address", "lane", "state")) == [
        ("ada@example.com", "campaign", "queued"),
        ("ben@example.com", "campaign", "queued"),
    ]
    assert MailingStats.objects.get(mailing=campaign.mailing).recipients == 2


def test_starting_twice_makes_no_second_copy(ready: Campaign, world: World) -> None:
    stale = Campaign.objects.get(pk=ready.pk)
    started(ready, world)
    actions.start_campaign(campaign=stale, by=world.bob)
    actions.freeze_audience(campaign=stale)
    Campaign.objects.update(audience_frozen_at=None)
    actions.freeze_audience(campaign=stale)
    assert Message.objects.count() == 2
    assert MailingStats.objects.get(mailing=ready.mailing).recipients == 2
    assert kinds().count("campaign.started") == 1


def test_a_contact_on_two_lists_gets_one_copy(
    ready: Campaign, world: World, join: Join, newsletter: MailingList
) -> None:
    offers = MailingList.objects.create(name="Offers")
    join("ada@example.com", offers)
    actions.update_campaign(campaign=ready, details=Details(lists=[newsletter, offers]), by=world.bob)
    started(ready, world)
    assert Message.objects.filter(address="ada@example.com").count() == 1


def test_people_on_an_excluded_list_get_none(ready: Campaign, world: World, join: Join) -> None:
    customers = MailingList.objects.create(name="Customers")
    join("ada@example.com", customers)
    actions.update_campaign(campaign=ready, details=Details(excluded_lists=[customers]), by=world.bob)
    started(ready, world)
    assert list(Message.objects.values_list("address", flat=True)) == ["ben@example.com"]


def test_the_audience_is_that_of_the_moment_of_sending(
    ready: Campaign, world: World, join: Join, newsletter: MailingList
) -> None:
    actions.schedule_campaign(campaign=ready, at=timezone.now() - timedelta(seconds=1), by=world.bob)
    join("cleo@example.com", newsletter)
    join("ada@example.com", newsletter, status="unsubscribed")
    actions.start_scheduled(campaign=ready)
    actions.freeze_audience(campaign=ready)
    assert sorted(Message.objects.values_list("address", flat=True)) == ["ben@example.com", "cleo@example.com"]


def test_a_campaign_that_checks_block_does_not_start(ready: Campaign, world: World) -> None:
    SendingDomain.objects.all().delete()
    with pytest.raises(CampaignNotReady) as refused:
        actions.start_campaign(campaign=ready, by=world.bob)
    assert [finding.code for finding in refused.value.findings] == ["unverified_from"]
    ready.refresh_from_db()
    assert ready.status == "draft"


def test_a_scheduled_campaign_that_is_no_longer_ready_becomes_a_draft_that_says_why(
    ready: Campaign, world: World
) -> None:
    actions.schedule_campaign(campaign=ready, at=timezone.now() - timedelta(seconds=1), by=world.bob)
    Organization.objects.update(postal_address="")
    actions.start_scheduled(campaign=ready)
    ready.refresh_from_db()
    assert ready.status == "draft"
    assert "postal address" in ready.notice


def test_a_scheduled_campaign_waits_for_its_time(ready: Campaign, world: World) -> None:
    actions.schedule_campaign(campaign=ready, at=timezone.now() + timedelta(hours=1), by=world.bob)
    assert list(Campaign.objects.due()) == []
    actions.start_scheduled(campaign=ready)
    ready.refresh_from_db()
    assert ready.status == "scheduled"
    actions.unschedule_campaign(campaign=ready, by=world.bob)
    assert ready.status == "draft"
    assert ready.scheduled_at is None


def test_pausing_holds_the_mailing_and_resuming_releases_it(ready: Campaign, world: World) -> None:
    started(ready, world)
    for _ in range(2):
        actions.pause_campaign(campaign=ready, by=world.bob)
    assert ready.status == "paused"
    assert Mailing.objects.get(pk=ready.mailing_id).held_at
    for _ in range(2):
        actions.resume_campaign(campaign=ready, by=world.bob)
    assert ready.status == "sending"
    assert Mailing.objects.get(pk=ready.mailing_id).held_at is None
    assert kinds()[-2:] == ["campaign.paused", "campaign.resumed"]


def test_cancelling_cancels_what_still_waits(ready: Campaign, world: World) -> None:
    started(ready, world)
    assert actions.cancel_campaign(campaign=ready, by=world.bob) == 2
    assert actions.cancel_campaign(campaign=ready, by=world.bob) == 0
    assert ready.status == "cancelled"
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_cancelled_campaign_is_not_resumed_started_or_changed(ready: Campaign, world: World) -> None:
    started(ready, world)
    actions.cancel_campaign(campaign=ready, by=world.bob)
    for act in (actions.resume_campaign, actions.pause_campaign, actions.start_campaign):
        with pytest.raises(WrongStatus):
            act(campaign=ready, by=world.bob)
    with pytest.raises(WrongStatus):
        actions.update_campaign(campaign=ready, details=Details(subject="New"), by=world.bob)


def test_a_campaign_is_sent_when_nothing_of_it_is_under_way(ready: Campaign, world: World) -> None:
    started(ready, world)
    assert not actions.finish_campaign(campaign=ready)
    Message.objects.filter(address="ada@example.com").update(state="sent")
    Message.objects.filter(address="ben@example.com").update(state="deferred")
    assert not actions.finish_campaign(campaign=ready)
    Message.objects.filter(address="ben@example.com").update(state="failed")
    assert actions.finish_campaign(campaign=ready)
    assert not actions.finish_campaign(campaign=ready)
    assert ready.status == "sent"
    assert kinds().count("campaign.finished") == 1


@pytest.mark.parametrize(
    ("figures", "paused"),
    [
        ({"sent": 199, "bounced_hard": 100}, False),
        ({"sent": 191, "failed": 9, "bounced_hard": 9}, False),
        ({"sent": 190, "failed": 10, "bounced_hard": 10}, True),
        ({"sent": 1999, "complained": 1}, False),
        ({"sent": 1000, "complained": 1}, True),
    ],
)
def test_a_campaign_that_does_harm_pauses_by_itself(
    ready: Campaign, world: World, figures: dict[str, int], paused: bool
) -> None:
    started(ready, world)
    MailingStats.objects.filter(mailing=ready.mailing).update(**figures)
    assert actions.guard_campaign(campaign=ready) is paused
    ready.refresh_from_db()
    assert (ready.status == "paused") is paused
    assert bool(ready.notice) is paused


def test_who_goes_on_in_spite_of_it_is_not_stopped_again(ready: Campaign, world: World) -> None:
    started(ready, world)
    MailingStats.objects.filter(mailing=ready.mailing).update(sent=150, bounced_hard=60, failed=60)
    assert actions.guard_campaign(campaign=ready)
    actions.resume_campaign(campaign=ready, by=world.bob)
    assert not actions.guard_campaign(campaign=ready)
    assert ready.status == "sending"


def test_content_cannot_be_saved_without_a_footer(ready: Campaign, world: World) -> None:
    content = BlockContent(blocks.read_blocks([{"kind": "text"}]), Theme())
    with pytest.raises(BlocksInvalid, match="Footer: is required"):
        actions.save_content(campaign=ready, content=content, by=world.bob)


def test_own_html_replaces_the_blocks_and_its_tags_are_translated(ready: Campaign, world: World) -> None:
    saved = actions.save_content(campaign=ready, content=OwnHtml("<p>Hi %FIRSTNAME%</p>"), by=world.bob)
    assert saved.mailing.blocks == []
    assert saved.mailing.html == "<p>Hi {{ contact.first_name }}</p>"


def test_a_draft_that_somebody_else_saved_is_not_overwritten(ready: Campaign, world: World) -> None:
    seen = ready.mailing.updated_at
    actions.save_content(campaign=ready, content=OwnHtml("<p>One</p>"), by=world.bob, seen=seen)
    with pytest.raises(ContentChanged):
        actions.save_content(campaign=ready, content=OwnHtml("<p>Two</p>"), by=world.alice, seen=seen)


def test_content_is_not_changed_once_it_was_started(ready: Campaign, world: World) -> None:
    started(ready, world)
    with pytest.raises(WrongStatus):
        actions.save_content(campaign=ready, content=OwnHtml("<p>One</p>"), by=world.bob)


def test_a_copy_is_a_draft_with_the_same_lists_and_content(ready: Campaign, world: World) -> None:
    started(ready, world)
    copy = actions.duplicate_campaign(campaign=ready, by=world.alice)
    assert (copy.status, copy.name) == ("draft", "Spring (copy)")
    assert list(copy.lists.all()) == list(ready.lists.all())
    assert copy.mailing.html == ready.mailing.html
    assert copy.mailing.frozen_at is None


def test_only_a_draft_can_be_deleted(ready: Campaign, world: World) -> None:
    copy = actions.duplicate_campaign(campaign=ready, by=world.bob)
    actions.delete_campaign(campaign=copy, by=world.bob)
    actions.delete_campaign(campaign=copy, by=world.bob)
    assert not Mailing.objects.filter(pk=copy.mailing_id).exists()
    started(ready, world)
    with pytest.raises(WrongStatus):
        actions.delete_campaign(campaign=ready, by=world.bob)


def test_a_test_goes_to_its_author_marked_and_uncounted(ready: Campaign, world: World) -> None:
    message = actions.send_test(campaign=ready, by=world.bob)
    assert message.address == "bob@example.com"
    assert message.mailing.subject == "[Test] Spring is here"
    assert message.mailing_id != ready.mailing_id
    assert not message.mailing.track_opens
    assert not MailingStats.objects.filter(mailing=ready.mailing).exists()
