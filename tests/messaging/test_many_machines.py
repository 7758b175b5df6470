"""Several machines on one database and one broker, their clocks a minute off: the same results as one."""

from __future__ import annotations

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.actions import BlockContent, Details, create_campaign, save_content, schedule_campaign, update_campaign
from campaigns.models import Campaign
from contacts.models import Activity, MailingList, Organization, User
from crm.stack import readiness
from messaging import blocks
from messaging.models import Hit, Message, SendingDomain
from messaging.tokens import message_token
from tests.fixtures.faults import Scale
from tests.fixtures.processes import free_port, wait_until
from tests.fixtures.stand import Stand
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.stack

CONTENT = [
    {"kind": "text", "id": "b", "html": "<p>Hi {{ contact.first_name }}</p>"},
    {"kind": "button", "id": "c", "label": "Read", "url": "https://relay.example/spring"},
    {"kind": "footer", "id": "d"},
]


def scheduled_campaign(mailing_list: MailingList) -> Campaign:
    """A campaign whose time has just come."""
    user = User.objects.create_superuser("alice@relay.example", "correct horse battery")
    organization = Organization.current()
    organization.name, organization.postal_address = "Relay Ltd", "1 Example Street, London"
    organization.default_from_name, organization.default_from_email = "Relay", "news@relay.example"
    organization.save()
    SendingDomain.objects.create(domain="relay.example", verified_at=timezone.now())
    campaign = create_campaign(name="Spring", by=user)
    update_campaign(campaign=campaign, details=Details(lists=[mailing_list], subject="Spring is here"), by=user)
    campaign = save_content(
        campaign=Campaign.objects.get(pk=campaign.pk),
        content=BlockContent(blocks.read_blocks(CONTENT), blocks.Theme()),
        by=user,
    )
    schedule_campaign(campaign=campaign, at=timezone.now() + timedelta(hours=1), by=user)
    Campaign.objects.update(scheduled_at=timezone.now())
    return Campaign.objects.get(pk=campaign.pk)


def status_of(url: str) -> int:
    """The status of an answer whose redirect is not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_two_web_servers_two_beats_and_four_workers_do_what_one_machine_does(
    stand: Stand, quick_sink: QuickSink, scale: Scale, wrong_clocks: dict[str, int]
) -> None:
    recipients = scale.of(300, 5_000)
    quick_sink.thinks = 0.01
    blasts.smtp_provider(quick_sink, max_connections=9)
    news = MailingList.objects.create(name="News")
    blasts.subscribe(news, recipients)
    campaign = scheduled_campaign(news)
    wrong_clocks |= {"beat-a": -60, "jobs-a": 60, "campaign-a": 60, "campaign-b": -60, "web-b": 60}
    ports = {name: free_port() for name in ("web-a", "web-b")}
    for name, port in ports.items():
        stand.start_web(port, name=name)
    for name in ("beat-a", "beat-b"):
        stand.start_beat(name)
    for name, lanes in (
        ("jobs-a", ["default"]),
        ("jobs-b", ["default", "automation", "activity"]),
        ("campaign-a", ["campaign"]),
        ("campaign-b", ["campaign", "transactional", "one_to_one"]),
    ):
        stand.start_lanes(lanes, processes=1, name=name)

    wait_until(lambda: Campaign.objects.get(pk=campaign.pk).status == "sent", what="that the campaign is sent")
    assert is_settled()
    told = none_lost_none_doubled(quick_sink, campaign.mailing, recipients=recipients)
    kinds = list(Activity.objects.filter(kind__startswith="campaign.", data__campaign_id=campaign.pk))
    for kind in ("campaign.started", "campaign.queued", "campaign.finished"):
        assert len([one for one in kinds if one.kind == kind]) == 1, kind

    for port in ports.values():
        wait_until(lambda: readiness.ask("127.0.0.1", port).ready, what="that it answers")  # noqa: B023 - asked at once
    hit = list(Message.objects.order_by("pk").values_list("pk", flat=True)[: scale.of(100, 1000)])
    paths = [
        f"http://localhost:{ports[name]}/e/{path}"
        for number, pk in enumerate(hit)
        for name in [("web-a", "web-b")[number % 2]]
        for path in (f"o/{message_token(pk)}.gif", f"c/{message_token(pk)}/1")
    ]
    with ThreadPoolExecutor(8) as readers:
        assert sorted(set(readers.map(status_of, paths))) == [200, 302]
    wait_until(lambda: Hit.objects.count() >= len(paths), what="that the hits are written")
    assert Hit.objects.values("message", "kind").distinct().count() == Hit.objects.count() == len(paths)
    stats = campaign.mailing.stats
    stats.refresh_from_db()
    assert stats.opens_total + stats.machine_opens == stats.clicks_total + stats.machine_clicks == len(hit)
    scale.note(f"{told}, {len(paths)} hits by two web servers")


def test_a_worker_whose_clock_is_a_minute_ahead_of_the_beats_still_hears_it(
    stand: Stand, quick_sink: QuickSink, wrong_clocks: dict[str, int]
) -> None:
    """A word that comes late is dropped, by the worker's clock: a minute off must not look like late."""
    blasts.smtp_provider(quick_sink)
    mailing = blasts.blast(20)
    wrong_clocks["machine-a"] = 60
    stand.start_beat()
    stand.start_lanes(["campaign", "default"], processes=1, name="machine-a")
    wait_until(is_settled, what="the end of the blast", patience=60)
    none_lost_none_doubled(quick_sink, mailing, recipients=20)
