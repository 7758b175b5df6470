"""/metrics: for who has the token only, right whoever is asked, and readable by Prometheus' own parser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from contacts.models import Job
from crm import health
from messaging import rates
from messaging.outbox.drain import drain_lane
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "a token of the tests"
ROOT = Path(django_settings.BASE_DIR)


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(client: Client, **headers: str) -> dict[str, Metric]:
    answer = client.get(reverse("metrics"), headers={"Authorization": f"Bearer {TOKEN}"} | headers)
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.content.decode())}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    (sample,) = (one for one in found[name].samples if one.labels.items() >= labels.items())
    return float(sample.value)


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"])
def test_without_the_token_there_is_no_such_page(client: Client, as_alice: Client, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    assert client.get(reverse("metrics"), headers=headers).status_code == 404
    assert as_alice.get(reverse("metrics"), headers=headers).status_code == 404


def test_where_no_token_is_set_there_is_no_such_page(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for shown in ("Bearer ", "Bearer"):
        assert client.get(reverse("metrics"), headers={"Authorization": shown}).status_code == 404


def test_figures_are_read_when_they_are_asked_for(client: Client, smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server, name="Our relay")
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, 3)
    blasts.subscribe_addresses(mailing_list, "550-rcpt@example.com", "drop-data@example.com")
    blasts.queue(blasts.make_mailing(), mailing_list)
    before = scrape(client)
    assert value(before, "relay_messages_waiting", lane="campaign") == 5
    assert value(before, "relay_messages_oldest_due_age_seconds", lane="campaign") > 0
    assert value(before, "relay_messages_oldest_due_age_seconds", lane="transactional") == 0

    drain_lane("campaign")
    rates.take_permits(provider.pk, max_connections=4, want=1, bulk=False)
    rates.ease_off(provider.pk)
    Job.objects.create(kind="x", title="Import", state="failed")
    health.note_worker(health.Worker("w@x", ("campaign",), 3))
    health.note_beat()
    found = scrape(client)
    answered = {"lane": "campaign", "provider": "Our relay"}
    assert value(found, "relay_messages_answered", **answered, outcome="accepted", code="250") == 3
    assert value(found, "relay_messages_answered", **answered, outcome="failed", code="550") == 1
    assert value(found, "relay_messages_answered", **answered, outcome="uncertain", code="") == 1
    assert value(found, "relay_messages_waiting", lane="campaign") == 0
    assert value(found, "relay_messages_uncertain") == 1
    assert value(found, "relay_jobs_failed") == 1
    assert value(found, "relay_worker_processes", lane="campaign") == 3
    assert value(found, "relay_worker_processes", lane="default") == 0
    assert value(found, "relay_beat_alive") == 1
    assert value(found, "relay_provider_connections", provider="Our relay") >= 1
    assert value(found, "relay_provider_eased_off", provider="Our relay") == 1
    assert value(found, "relay_provider_paused", provider="Our relay") == 0
    assert value(found, "relay_up", part="database") == 1
    assert value(found, "relay_metrics_missing") == 0


def test_names_follow_prometheus_conventions(client: Client) -> None:
    blasts.capture_provider()
    found = scrape(client)
    assert len(found) > 20
    for name, family in found.items():
        assert re.fullmatch(r"relay_[a-z_]+[a-z]", name), name
        assert len(family.documentation) > 15, name
        assert family.type in ("gauge", "counter"), name
        assert not re.search(r"_(minutes|ms|milliseconds|kb|mb|percent|count|total)$", name), name
        assert ("_age" in name or "timestamp" in name) == name.endswith("_seconds"), name
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), name


def test_it_speaks_openmetrics_to_who_asks_for_it(client: Client) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"}
    answer = client.get(reverse("metrics"), headers=headers)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    families = parse_openmetrics(answer.content.decode())  # type: ignore[no-untyped-call]
    assert "relay_up" in {family.name for family in families}


def test_without_redis_the_databases_figures_are_there(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    rates.client.cache_clear()
    try:
        found = scrape(client)
    finally:
        rates.client.cache_clear()
    assert value(found, "relay_metrics_missing") == 2
    assert value(found, "relay_messages_waiting", lane="campaign") == 0
    assert "relay_worker_processes" not in found


def test_every_metric_that_an_alert_or_the_docs_name_exists(client: Client) -> None:
    blasts.capture_provider(last_error_at="2026-01-01T00:00Z")
    health.note_heartbeat("campaign")
    found = scrape(client)
    names = {sample.name for family in found.values() for sample in family.samples} | set(found)
    names.add("relay_messages_answered_total")  # has no sample before the first answer
    alerts = (ROOT / "docs" / "alerts.yml").read_text()
    docs = (ROOT / "docs" / "operations.md").read_text()
    # Expressions only: `expr:` up to the next key.
    expressions = " ".join(re.findall(r"expr: *(.*)", alerts))
    in_alerts = set(re.findall(r"\brelay_[a-z_]+", expressions))
    assert len(in_alerts) >= 10
    assert in_alerts <= names
    in_docs = set(re.findall(r"`(relay_[a-z_]+)", docs))
    assert in_docs <= names
    assert {name.removesuffix("_total") for name in in_docs} >= set(found), "a metric that the docs do not name"


def test_every_alert_says_what_to_do() -> None:
    text = (ROOT / "docs" / "alerts.yml").read_text()
    alerts = re.split(r"\n +- alert: ", text)[1:]
    assert len(alerts) >= 10
    for alert in alerts:
        name = alert.splitlines()[0]
        assert re.search(r"severity: (page|ticket)", alert), name
        assert re.search(r"summary: .{10,}", alert), name
        assert re.search(r"description: .{20,}", alert), name
        assert "operations.md" in alert, name
