"""The builder's pages: a plain form for each part, errors beside the part, history for each run."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from automations import actions
from automations.engine import walk_due
from automations.models import Automation
from contacts.actions.lists import subscribe
from contacts.models import Contact, MailingList, Organization
from messaging.models import Mailing, Message, SendingDomain
from tests.automations.conftest import live, tag, wait
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
EMAIL = {
    "subject": "Welcome, %FIRSTNAME%",
    "preheader": "Good to have you",
    "from_name": "Alice",
    "from_email": "alice@velo.example",
    "body": "Hi {{ contact.first_name | default: 'there' }},\n\nglad <b>you</b> came.\n\n[Look around](https://velo.example/tour)",
}


@pytest.fixture
def sender(db: None) -> None:
    """An organisation that may send."""
    SendingDomain.objects.create(domain="velo.example", verified_at=timezone.now(), verified_how="administrator")
    Organization.objects.update_or_create(pk=1, defaults={"name": "Velo", "postal_address": "Hafenstraße 12, Berlin"})


def test_an_automation_is_made_step_by_step_and_published(
    as_bob: Client, world: World, newsletter: MailingList, ada: Contact, sender: None
) -> None:
    as_bob.post(reverse("automations:create"), {"name": "Welcome series"})
    automation = Automation.objects.get()
    trigger = {"mailing_list": newsletter.pk, "runs": "once"}
    as_bob.post(reverse("automations:new_trigger", args=[automation.pk, "list_subscribed"]), trigger)
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "send_email"]), EMAIL)
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "wait"]), {"amount": "2", "unit": "days"})
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "add_tag"]), {"tag": "welcomed"})
    page = as_bob.get(automation.get_absolute_url()).content.decode()
    assert all(words in page for words in ("Subscribes to “Newsletter”", "Send “Welcome, ", "Wait 2 days", "welcomed"))

    assert as_bob.post(reverse("automations:publish", args=[automation.pk])).status_code == 302
    automation.refresh_from_db()
    assert automation.status == "active"

    subscribe(contact=ada, mailing_list=newsletter, by=None, source="form")
    actions.enroll(automation=automation, contact=ada, trigger=None, by=world.bob)
    walk_due(now=timezone.now())
    message = Message.objects.get()
    assert (message.lane, message.purpose, message.origin) == ("automation", "marketing", "automation")
    assert message.mailing_list == newsletter
    html = message.mailing.html
    assert "glad &lt;b&gt;you&lt;/b&gt; came." in html
    assert "https://velo.example/tour" in html


def test_a_contact_on_no_list_is_skipped_with_the_reason_and_walks_on(
    as_bob: Client, world: World, ada: Contact, sender: None
) -> None:
    as_bob.post(reverse("automations:create"), {"name": "Welcome series"})
    automation = Automation.objects.get()
    as_bob.post(reverse("automations:new_trigger", args=[automation.pk, "list_subscribed"]), {"runs": "once"})
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "send_email"]), EMAIL)
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "add_tag"]), {"tag": "welcomed"})
    as_bob.post(reverse("automations:publish", args=[automation.pk]))
    automation.refresh_from_db()
    run = actions.enroll(automation=automation, contact=ada, trigger=None, by=world.bob)
    walk_due(now=timezone.now())
    assert not Message.objects.exists()
    assert ada.tags.filter(name="welcomed").exists()
    history = as_bob.get(run.get_absolute_url()).content.decode()
    assert "active on no list" in history


def test_what_is_missing_is_said_beside_the_step(as_bob: Client, world: World, newsletter: MailingList) -> None:
    automation = actions.create_automation(name="Half done", by=world.bob)
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "send_email"]), EMAIL)
    answer = as_bob.post(reverse("automations:publish", args=[automation.pk]))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Add a trigger" in page
    assert "alice@velo.example is not verified for sending." in page


def test_an_unknown_tag_in_an_email_stops_the_publishing_and_is_named(
    as_bob: Client, world: World, sender: None
) -> None:
    automation = live(world.bob, [tag("a", "first")])
    broken = EMAIL | {"body": "Hi {{ contact.frist_name }}"}
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "send_email"]), broken)
    answer = as_bob.post(reverse("automations:publish", args=[automation.pk]))
    assert answer.status_code == 422
    assert "contact.frist_name" in answer.content.decode()


def test_a_wrong_wait_keeps_what_was_typed(as_bob: Client, world: World) -> None:
    automation = actions.create_automation(name="Wait", by=world.bob)
    url = reverse("automations:new_step", args=[automation.pk, "wait"])
    answer = as_bob.post(url, {"amount": "9999", "unit": "weeks"})
    assert answer.status_code == 422
    assert "at most ten years" in answer.content.decode()
    assert 'value="9999"' in answer.content.decode()


def test_editing_an_email_makes_a_new_mailing_and_keeps_the_sent_one(
    as_bob: Client, world: World, sender: None
) -> None:
    automation = live(world.bob, [tag("a", "first")])
    as_bob.post(reverse("automations:new_step", args=[automation.pk, "send_email"]), EMAIL)
    as_bob.post(reverse("automations:publish", args=[automation.pk]))
    automation.refresh_from_db()
    step = automation.draft["steps"][-1]
    url = reverse("automations:step", args=[automation.pk, step["id"]])
    assert "Welcome" in as_bob.get(url).content.decode()
    as_bob.post(url, EMAIL | {"subject": "Welcome again"})
    assert list(Mailing.objects.order_by("id").values_list("subject", flat=True)) == [
        "Welcome, {{ contact.first_name }}",
        "Welcome again",
    ]


def test_steps_move_and_go(as_bob: Client, world: World) -> None:
    automation = live(world.bob, [tag("a", "first"), wait("b", 1)])
    as_bob.post(reverse("automations:move_step", args=[automation.pk, "b"]), {"direction": "up"})
    automation.refresh_from_db()
    assert [step["id"] for step in automation.draft["steps"]] == ["b", "a"]
    as_bob.post(reverse("automations:remove_part", args=[automation.pk, "b"]))
    automation.refresh_from_db()
    assert [step["id"] for step in automation.draft["steps"]] == ["a"]


def test_a_contact_is_added_by_hand_and_seen_on_their_tab(as_bob: Client, world: World, ada: Contact) -> None:
    automation = live(world.bob, [wait("b", 1)])
    as_bob.post(reverse("automations:enroll", args=[ada.pk]), {"automation": automation.pk})
    for name in ("automations:contact_tab", "automations:contact_side"):
        assert "Welcome" in as_bob.get(reverse(name, args=[ada.pk])).content.decode()
    run = automation.enrollments.get()
    as_bob.post(reverse("automations:end_run", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "ended"
    assert "Ada" in as_bob.get(reverse("automations:runs", args=[automation.pk])).content.decode()


def test_readers_look_and_sellers_do_not_publish(as_charlie: Client, as_sam: Client, world: World) -> None:
    automation = live(world.bob, [wait("b", 1)])
    page = as_charlie.get(automation.get_absolute_url())
    assert page.status_code == 200
    assert reverse("automations:publish", args=[automation.pk]) not in page.content.decode()
    assert as_sam.post(reverse("automations:publish", args=[automation.pk])).status_code == 403
