"""Health is public, quick, and says what is missing."""

import pytest
from django.test import Client

from crm import health

pytestmark = pytest.mark.django_db


def test_the_process_says_that_it_answers(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_without_any_worker_we_are_not_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] is True
    assert answer.json()["broker"] is True
    assert set(answer.json()["lanes"].values()) == {None}


def test_one_worker_that_answered_lately_makes_us_ready(client: Client) -> None:
    health.note_heartbeat("transactional")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["lanes"]["transactional"] < 10
    assert answer.json()["lanes"]["campaign"] is None


def test_a_silent_broker_is_told(client: Client, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    health.note_heartbeat("transactional")
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://localhost:1/0")
    assert client.get("/readyz").status_code == 503


def test_health_changes_nothing(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
