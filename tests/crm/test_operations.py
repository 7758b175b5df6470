"""The Operations page: what is wrong is on it, in its own words, and each button does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.models import Enrollment
from campaigns.models import Campaign
from contacts import activity, handover, operations
from contacts.models import Activity, Job
from crm import health
from messaging import pulse, rates
from messaging.models import Attempt, Mailing, MailingStats, Message, Provider
from messaging.outbox.drain import drain_lane
from tests.automations.conftest import live, tag
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World, signed_in
from tests.messaging import blasts
from tests.messaging.outbox_rows import make_contact, make_mailing, make_message

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def text_of(client: Client, name: str = "operations") -> str:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def uncertain(count: int = 1, **facts: Any) -> list[Message]:
    mailing = make_mailing(frozen_at="2026-01-01T00:00Z")
    MailingStats.objects.filter(mailing=mailing).update(recipients=count, uncertain=count)
    return [
        make_message(
            mailing=mailing,
            contact=make_contact(f"u{number}@example.com"),
            **{"state": "uncertain", "sent_at": None, "error": "connection lost"} | facts,
        )
        for number in range(count)
    ]


@pytest.fixture
def no_redis(settings: Any) -> Iterator[None]:
    """A port at which nobody listens, in place of Redis."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    rates.client.cache_clear()
    yield
    rates.client.cache_clear()


@pytest.mark.parametrize("person", ["bob", "sam", "charlie"])
def test_only_administrators_see_it_or_press_its_buttons(world: World, person: str) -> None:
    client = signed_in(getattr(world, person))
    (message,) = uncertain()
    assert client.get(reverse("operations")).status_code == 403
    for panel in operations.panels():
        assert client.get(reverse(panel.url_name)).status_code == 403
    assert client.post(reverse("messaging:operations_settle"), {"do": "again", "ids": message.pk}).status_code == 403
    message.refresh_from_db()
    assert message.state == "uncertain"
    assert reverse("operations") not in client.get("/").content.decode()


def test_an_administrator_finds_it_in_the_navigation_and_all_is_calm(as_alice: Client) -> None:
    assert f'href="{reverse("operations")}"' in text_of(as_alice, "home")
    page = text_of(as_alice)
    for words in ("No message is uncertain.", "No job has failed.", "Every event was handled.", "No run has failed."):
        assert words in page
    assert page.count("data-panel ") == len(operations.panels()) >= 8


def test_lanes_show_rates_what_waits_and_who_works(as_alice: Client, smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    blasts.blast(5)
    drain_lane("campaign")
    blasts.blast(3)
    health.note_worker(health.Worker("worker-campaign@here", ("campaign",), 2))
    health.note_beat()

    answer = as_alice.get(reverse("operations_lanes"))
    lane = next(lane for lane in answer.context["lanes"] if lane.state.key == "campaign")
    assert (lane.state.waiting, lane.state.hour, lane.processes) == (3, 5, 2)
    assert lane.state.rate > 0
    assert lane.state.oldest_due is not None
    assert [shown.state.key for shown in answer.context["lanes"]][-2:] == ["activity", "default"]
    page = " ".join(answer.content.decode().split())
    assert "2 processes" in page
    assert page.count(">None<") == 5, "every lane but one has no worker"
    assert text_of(as_alice, "operations_hour").count("<canvas") == 1


def test_providers_show_answers_by_code_the_servers_words_and_connections(
    as_alice: Client, smtp_server: SmtpServer
) -> None:
    provider = blasts.smtp_provider(smtp_server, max_connections=7)
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, 4)
    blasts.subscribe_addresses(mailing_list, "550-rcpt@example.com", "451-rcpt@example.com", "421-rcpt@example.com")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    rates.take_permits(provider.pk, max_connections=7, want=1, bulk=False)

    page = text_of(as_alice, "messaging:operations_providers")
    for words in ("250 × 4", "550 × 1", "451 × 1", "421 × 1", "550 5.1.1 Asked for by the recipient", "of 7"):
        assert words in page, words
    assert "Eased off" in page
    provider.refresh_from_db()
    assert provider.last_error.startswith("421")
    assert provider.last_error.split("'")[0] in page


def test_a_provider_is_paused_and_resumed_in_place(as_alice: Client) -> None:
    provider = blasts.capture_provider()
    pause, resume = (reverse("messaging:operations_provider", args=[provider.pk, verb]) for verb in ("pause", "resume"))
    answer = as_alice.post(pause, headers=HTMX)
    provider.refresh_from_db()
    assert provider.paused_at
    assert "Paused" in answer.content.decode()
    assert "its mail waits" in answer.headers["HX-Trigger"]
    # Without scripts: the page again.
    assert as_alice.post(resume).headers["Location"] == reverse("operations")
    assert Provider.objects.filter(paused_at=None).exists()
    assert as_alice.post(reverse("messaging:operations_provider", args=[provider.pk, "remove"])).status_code == 404
    assert Provider.objects.exists()


def test_uncertain_messages_that_arrived_are_settled_together(as_alice: Client, world: World) -> None:
    one, two, three = uncertain(3)
    chosen = {"do": "arrived", "ids": [one.pk, two.pk]}
    answer = as_alice.post(reverse("messaging:operations_settle"), chosen, headers=HTMX)
    assert "2 messages are settled." in answer.headers["HX-Trigger"]
    assert three.address in answer.content.decode()
    assert one.address not in answer.content.decode()
    as_alice.post(reverse("messaging:operations_settle"), chosen, headers=HTMX)

    stats = MailingStats.objects.get(mailing=one.mailing)
    assert (stats.sent, stats.uncertain) == (2, 1)
    assert blasts.states(one.mailing) == {"sent": 2, "uncertain": 1}
    assert Activity.objects.filter(kind="email.sent", by=world.alice).count() == 2
    assert Attempt.objects.filter(outcome="resolved").count() == 2


def test_uncertain_messages_are_sent_again(as_alice: Client, smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "drop-data@example.com", "drop-data2@example.com")
    blasts.queue(mailing := blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"uncertain": 2}

    page = text_of(as_alice, "messaging:operations_uncertain")
    assert "drop-data2@example.com" in page
    answer = as_alice.post(reverse("messaging:operations_settle"), {"do": "again", "all_matching": "1"}, headers=HTMX)
    assert "2 messages will be sent again." in answer.headers["HX-Trigger"]
    assert blasts.states(mailing) == {"queued": 2}
    drain_lane("campaign")
    assert len(smtp_server.to("drop-data@example.com")) == 2


def test_nothing_of_a_cancelled_mailing_is_sent_again(as_alice: Client) -> None:
    (message,) = uncertain()
    Mailing.objects.update(cancelled_at="2026-01-01T00:00Z")
    answer = as_alice.post(reverse("messaging:operations_settle"), {"do": "again", "ids": message.pk}, headers=HTMX)
    assert "0 messages" in answer.headers["HX-Trigger"]
    assert blasts.states() == {"uncertain": 1}


@pytest.mark.parametrize("fields", [{}, {"do": "delete"}, {"do": "again", "ids": ["x", "-1", "9" * 40]}])
def test_nonsense_settles_nothing(as_alice: Client, fields: dict[str, Any]) -> None:
    uncertain()
    assert as_alice.post(reverse("messaging:operations_settle"), fields).status_code in (302, 404)
    assert blasts.states() == {"uncertain": 1}


def test_failed_jobs_go_on_one_by_one_or_all(as_alice: Client) -> None:
    jobs = [Job.objects.create(kind="x", title=f"Import {n}", state="failed", error=f"no {n}") for n in range(3)]
    page = text_of(as_alice, "contacts:operations_jobs")
    assert "Import 2" in page
    assert "no 2" in page
    url = reverse("contacts:operations_jobs_retry")
    assert "1 job goes on." in as_alice.post(url, {"id": jobs[0].pk}, headers=HTMX).headers["HX-Trigger"]
    assert set(Job.objects.filter(state="failed")) == set(jobs[1:])
    assert "2 jobs go on." in as_alice.post(url, headers=HTMX).headers["HX-Trigger"]
    assert not Job.objects.filter(state="failed").exists()


def test_failed_hand_overs_are_tried_again_one_by_one_or_all(as_alice: Client) -> None:
    broken = True

    def listener(entry: Activity) -> None:
        if broken:
            raise RuntimeError("the listener is broken")

    activity.listen("test.happened", listener)
    try:
        activity.record_many([activity.Entry("test.happened") for _ in range(3)], by=None)
        handover.hand_over()
        page = text_of(as_alice, "contacts:operations_handovers")
        assert page.count("the listener is broken") == 3
        assert handover.hand_over() == 0, "they wait for their next try"
        broken = False
        url = reverse("contacts:operations_handovers_retry")
        first = Activity.objects.filter(kind="test.happened").earliest("pk")
        assert "1 event is" in as_alice.post(url, {"id": first.pk}, headers=HTMX).headers["HX-Trigger"]
        assert handover.hand_over() == 1
        assert "2 events are" in as_alice.post(url, headers=HTMX).headers["HX-Trigger"]
        assert handover.hand_over() == 2
        assert "Every event was handled." in text_of(as_alice, "contacts:operations_handovers")
    finally:
        activity._registry.listeners.pop("test.happened")


def test_failed_runs_of_automations_go_on(as_alice: Client, world: World) -> None:
    automation = live(world.bob, [tag("s1", "VIP")])
    runs = [
        Enrollment.objects.create(
            automation=automation, contact=make_contact(f"r{n}@x.example"), state="failed", error="no tag"
        )
        for n in range(3)
    ]
    assert text_of(as_alice, "automations:operations_runs").count("no tag") == 3
    url = reverse("automations:operations_runs_retry")
    assert "1 run goes on." in as_alice.post(url, {"id": runs[0].pk}, headers=HTMX).headers["HX-Trigger"]
    assert "2 runs go on." in as_alice.post(url, headers=HTMX).headers["HX-Trigger"]
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"active"}


def test_a_campaign_that_paused_by_itself_is_shown_with_its_reason(as_alice: Client) -> None:
    for name, notice in (("By hand", ""), ("Old list", "Paused by itself: 20 of 200 addresses do not exist (10 %).")):
        mailing = make_mailing(origin="campaign")
        Campaign.objects.create(name=name, mailing=mailing, status="paused", notice=notice)
    page = text_of(as_alice, "campaigns:operations_paused")
    assert "Old list" in page
    assert "20 of 200 addresses do not exist" in page
    assert "By hand" not in page


def test_the_page_costs_the_same_whatever_there_is(as_alice: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            text_of(as_alice)
        return len(found)

    blasts.capture_provider()
    text_of(as_alice)
    before = queries()
    uncertain(60)
    for number in range(4):
        blasts.capture_provider(name=f"Capture {number}")
        blasts.blast(2)
        Job.objects.create(kind="x", title="Import", state="failed", error="no")
    # One more: that there are more uncertain ones than fit is worth a count.
    assert queries() <= before + 3
    assert before < 40


def test_without_redis_the_page_says_so_and_shows_the_rest(as_alice: Client, no_redis: None) -> None:
    uncertain()
    blasts.capture_provider()
    page = text_of(as_alice)
    assert "Redis does not answer" in page
    assert "Rates and answers are not known" in page
    assert "u0@example.com" in page
    with pytest.raises(redis.RedisError):
        pulse.read()
