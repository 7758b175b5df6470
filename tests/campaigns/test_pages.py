"""The pages of campaigns, as the team sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import actions
from campaigns.models import Campaign
from contacts.models import Contact, MailingList, Organization
from messaging.models import CapturedMail, MailingLink, MailingStats, Message
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


def address(name: str, campaign: Campaign) -> str:
    return reverse(f"campaigns:{name}", args=[campaign.pk])


def save(client: Client, campaign: Campaign, **body: Any) -> Any:
    return client.post(address("content", campaign), json.dumps(body), content_type="application/json")


@pytest.fixture
def sent(ready: Campaign, world: World) -> Campaign:
    """The campaign, sent: Ada opened and clicked, Ben's address bounced."""
    actions.start_campaign(campaign=ready, by=world.bob)
    actions.freeze_audience(campaign=ready)
    moment = timezone.now() - timedelta(hours=2)
    Message.objects.filter(address="ada@example.com").update(state="sent", opened_at=moment, clicked_at=moment)
    Message.objects.filter(address="ben@example.com").update(state="failed", reason="bounced", error="550 No such user")
    MailingStats.objects.filter(mailing=ready.mailing).update(
        sent=1, failed=1, opened=1, clicked=1, bounced_hard=1, machine_opens=3
    )
    MailingLink.objects.filter(mailing=ready.mailing, number=1).update(unique_clicks=1, total_clicks=2)
    actions.finish_campaign(campaign=ready)
    return ready


def test_an_empty_overview_says_what_to_do_first(as_bob: Client) -> None:
    page = as_bob.get(reverse("campaigns:overview")).content.decode()
    assert "No campaigns yet" in page
    assert reverse("campaigns:create") in page


def test_the_overview_shows_status_and_rates(as_charlie: Client, sent: Campaign) -> None:
    page = as_charlie.get(reverse("campaigns:overview")).content.decode()
    assert "Spring is here" in page
    assert "Sent" in page
    assert "100.0%" in page


def test_the_overview_pages_by_key(as_bob: Client, world: World) -> None:
    for number in range(30):
        actions.create_campaign(name=f"Letter {number:02}", by=world.bob)
    first = as_bob.get(reverse("campaigns:overview"))
    assert "Letter 29" in first.content.decode()
    assert "Letter 04" not in first.content.decode()
    second = as_bob.get(reverse("campaigns:overview") + first.context["next_url"])
    assert "Letter 04" in second.content.decode()
    assert "Letter 29" in as_bob.get(reverse("campaigns:overview") + second.context["previous_url"]).content.decode()


def test_the_overview_takes_no_query_for_each_row(
    as_bob: Client, world: World, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(20):
        actions.create_campaign(name=f"Letter {number}", by=world.bob)
    with django_assert_max_num_queries(12):
        as_bob.get(reverse("campaigns:overview"))


def test_the_overview_is_narrowed_by_status_and_words(as_bob: Client, world: World, sent: Campaign) -> None:
    actions.create_campaign(name="Autumn", by=world.bob)
    drafts = as_bob.get(reverse("campaigns:overview"), {"status": "draft"}).content.decode()
    assert "Autumn" in drafts
    assert "Spring is here" not in drafts
    assert "Autumn" not in as_bob.get(reverse("campaigns:overview"), {"q": "spring"}).content.decode()


def test_the_first_step_makes_a_draft_with_its_lists(
    as_bob: Client, sender: Organization, newsletter: MailingList
) -> None:
    answer = as_bob.post(reverse("campaigns:create"), {"name": "Spring", "lists": [newsletter.pk]})
    campaign = Campaign.objects.get()
    assert answer.headers["Location"] == address("sender", campaign)
    assert list(campaign.lists.all()) == [newsletter]


def test_no_draft_is_made_without_a_list(as_bob: Client, newsletter: MailingList) -> None:
    answer = as_bob.post(reverse("campaigns:create"), {"name": "Spring"})
    assert "This field is required" in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_audience_is_counted_while_lists_are_chosen(
    as_bob: Client, newsletter: MailingList, join: Callable[..., Contact]
) -> None:
    join("ada@example.com", newsletter)
    page = as_bob.get(reverse("campaigns:audience"), {"lists": str(newsletter.pk), "excluded_lists": "x"})
    assert "person would get it" in page.content.decode()


def test_the_second_step_translates_tags_and_warns_of_an_unverified_sender(as_bob: Client, ready: Campaign) -> None:
    fields = {"subject": "Hi %FIRSTNAME%", "from_email": "me@elsewhere.example", "track_opens": "on"}
    as_bob.post(address("sender", ready), fields)
    ready.mailing.refresh_from_db()
    assert ready.mailing.subject == "Hi {{ contact.first_name }}"
    assert not ready.mailing.track_clicks
    assert "not verified" in as_bob.get(address("sender", ready)).content.decode()


def test_content_is_saved_and_comes_back_as_the_preview(as_bob: Client, ready: Campaign) -> None:
    answer = save(
        as_bob, ready, blocks=[{"kind": "heading", "id": "a", "text": "New <b>"}, {"kind": "footer", "id": "f"}]
    )
    assert answer.status_code == 200
    said = answer.json()
    assert "New &lt;b&gt;" in said["html"]
    assert '<span class="liquid">Postal address</span>' in said["html"]
    ready.mailing.refresh_from_db()
    assert [block["kind"] for block in ready.mailing.blocks] == ["heading", "footer"]


def test_what_is_wrong_with_a_block_is_told_by_block_and_field(as_bob: Client, ready: Campaign) -> None:
    answer = save(
        as_bob, ready, blocks=[{"kind": "button", "id": "x", "url": "javascript:alert(1)"}, {"kind": "footer"}]
    )
    assert answer.status_code == 422
    problem = answer.json()["problems"][0]
    assert (problem["block_id"], problem["name"]) == ("x", "url")
    assert problem["words"].startswith("Block 1 (Button), Link:")


@pytest.mark.parametrize("body", [{"blocks": 3}, {"nonsense": 1}, {"html": None}])
def test_nonsense_is_refused(as_bob: Client, ready: Campaign, body: dict[str, Any]) -> None:
    assert save(as_bob, ready, **body).status_code in (400, 422)


def test_a_second_author_is_told_instead_of_overwriting(as_bob: Client, as_alice: Client, ready: Campaign) -> None:
    seen = ready.mailing.updated_at.isoformat()
    assert save(as_bob, ready, html="<p>One</p>", seen=seen).status_code == 200
    answer = save(as_alice, ready, html="<p>Two</p>", seen=seen)
    assert answer.status_code == 409
    assert "Somebody else" in answer.json()["message"]


def test_the_editor_carries_no_script_of_an_author(as_bob: Client, ready: Campaign) -> None:
    save(as_bob, ready, blocks=[{"kind": "text", "html": "<p>a</p><img src=x onerror=alert(1)>"}, {"kind": "footer"}])
    assert "onerror" not in as_bob.get(address("content", ready)).content.decode()


def test_the_canvas_runs_nothing(as_bob: Client, ready: Campaign) -> None:
    answer = as_bob.get(address("canvas", ready))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "script" not in policy


def test_the_preview_is_filled_for_the_chosen_contact(as_bob: Client, ready: Campaign) -> None:
    ada = Contact.objects.get(email="ada@example.com")
    page = as_bob.get(address("preview_frame", ready), {"contact": ada.pk}).content.decode()
    assert "Hi Ada" in page
    assert "1 Example Street, London" in page
    assert as_bob.get(address("preview_frame", ready), {"contact": 10**9}).status_code == 404


def test_blocks_become_html_and_html_gives_way_to_blocks(as_bob: Client, ready: Campaign) -> None:
    as_bob.post(address("mode", ready), {"to": "html"})
    ready.mailing.refresh_from_db()
    assert ready.mailing.blocks == []
    assert "Spring" in ready.mailing.html
    as_bob.post(address("mode", ready), {"to": "blocks"})
    ready.mailing.refresh_from_db()
    assert ready.mailing.blocks


def test_the_review_blocks_the_button_while_a_check_does(as_bob: Client, ready: Campaign) -> None:
    assert "disabled" not in as_bob.get(address("summary", ready)).content.decode()
    save(
        as_bob,
        ready,
        blocks=[{"kind": "text", "id": "b", "html": "<p>{{ contact.nmae }}</p>"}, {"kind": "footer", "id": "f"}],
    )
    page = as_bob.get(address("summary", ready)).content.decode()
    assert "Block 1 (Text): {{ contact.nmae }}" in page
    assert "#block-b" in page
    assert "disabled" in page


def test_a_time_is_read_in_the_users_zone(as_bob: Client, world: World, ready: Campaign) -> None:
    world.bob.time_zone = "Asia/Tokyo"
    world.bob.save()
    day = (timezone.now() + timedelta(days=3)).date()
    as_bob.post(address("schedule", ready), {"on": day.isoformat(), "at": "09:30"})
    ready.refresh_from_db()
    assert ready.status == "scheduled"
    assert ready.scheduled_at is not None
    assert f"{ready.scheduled_at:%Y-%m-%d %H:%M}" == f"{day} 00:30"


def test_a_time_that_has_passed_is_refused_with_what_was_typed(as_bob: Client, ready: Campaign) -> None:
    answer = as_bob.post(address("schedule", ready), {"on": "2020-01-01", "at": "09:30"})
    assert answer.status_code == 422
    assert "This time has passed" in answer.content.decode()
    assert "2020-01-01" in answer.content.decode()


def test_the_report_shows_each_figure_with_the_contacts_behind_it(as_charlie: Client, sent: Campaign) -> None:
    page = as_charlie.get(address("campaign", sent)).content.decode()
    overview = reverse("contacts:overview")
    for figure in (
        "recipients",
        "delivered",
        "opened",
        "clicked",
        "replied",
        "unsubscribed",
        "bounced_hard",
        "complained",
    ):
        assert f"{overview}?mailing_{figure}={sent.mailing_id}" in page
    assert "550 No such user" in page
    assert "https://relay.example/spring" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mailing_opened={}", ["ada@example.com"]),
        ("mailing_bounced_hard={}", []),
        ("mailing_recipients={}", ["ada@example.com", "ben@example.com"]),
        ("campaign_reason={}:failed:bounced", ["ben@example.com"]),
        ("campaign_reason={}:failed:other", []),
        ("campaign_reason=x", []),
    ],
)
def test_the_contacts_behind_a_figure_are_those_it_counts(
    as_bob: Client, sent: Campaign, query: str, found: list[str]
) -> None:
    page = as_bob.get(f"{reverse('contacts:overview')}?{query.format(sent.mailing_id)}").content.decode()
    assert [email for email in ("ada@example.com", "ben@example.com") if email in page] == found


def test_the_report_as_csv_holds_no_formula(as_charlie: Client, sent: Campaign) -> None:
    MailingLink.objects.filter(mailing=sent.mailing, number=1).update(url="=cmd|' /C calc'!A0")
    lines = as_charlie.get(address("report_csv", sent)).content.decode().splitlines()
    assert lines[1] == "Recipients,2,"
    assert any(line.startswith("'=cmd") for line in lines)


def test_progress_renews_itself_only_while_sending(as_bob: Client, world: World, ready: Campaign) -> None:
    actions.start_campaign(campaign=ready, by=world.bob)
    assert "Preparing the audience" in as_bob.get(address("progress", ready)).content.decode()
    actions.freeze_audience(campaign=ready)
    page = as_bob.get(address("progress", ready)).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "of 2 done" in page
    actions.pause_campaign(campaign=ready, by=world.bob)
    assert "hx-trigger" not in as_bob.get(address("progress", ready)).content.decode()


@pytest.mark.parametrize(
    "name", ["start", "schedule", "pause", "resume", "cancel", "test", "unschedule", "duplicate", "delete"]
)
def test_who_may_only_look_changes_nothing(as_charlie: Client, ready: Campaign, name: str) -> None:
    assert as_charlie.post(address(name, ready)).status_code == 403
    assert as_charlie.get(address(name, ready)).status_code in (403, 405)


def test_a_campaign_that_is_not_there_is_not_found(as_bob: Client) -> None:
    assert as_bob.get("/campaigns/987654/").status_code == 404
    assert as_bob.get("/campaigns/987654/summary/").status_code == 404


def test_a_campaign_under_way_is_not_edited(as_bob: Client, sent: Campaign) -> None:
    for name in ("recipients", "sender", "content", "summary"):
        assert as_bob.get(address(name, sent)).headers["Location"] == address("campaign", sent)
    assert save(as_bob, sent, html="<p>x</p>").status_code == 409
    assert CapturedMail.objects.count() == 0


def test_the_global_search_finds_campaigns(as_bob: Client, ready: Campaign) -> None:
    assert address("campaign", ready) in as_bob.get(reverse("search"), {"q": "spring"}).content.decode()
