"""Each way to misconfigure Relay is told, with a hint."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks

from crm import checks


def found(check: Any) -> dict[str, str]:
    """Ids of what a check finds, with the hints."""
    return {str(message.id): str(message.hint) for message in check(None)}


@pytest.mark.parametrize("address", ["", "crm.example.com", "ftp://crm.example.com", "https://", "https://x.example/a"])
def test_a_base_url_nobody_can_follow_is_an_error(settings: Any, address: str) -> None:
    settings.BASE_URL = address
    assert "https://" in found(checks.base_url)["crm.E001"]


def test_a_base_url_with_a_host_is_fine(settings: Any) -> None:
    settings.BASE_URL = "https://crm.example.com:8443"
    assert not found(checks.base_url)


def test_in_production_http_and_localhost_are_told(settings: Any) -> None:
    settings.BASE_URL = "http://crm.example.com"
    assert set(found(checks.base_url_public)) == {"crm.W003"}
    settings.BASE_URL = "http://localhost:8000"
    assert set(found(checks.base_url_public)) == {"crm.W002"}
    settings.BASE_URL = "https://crm.example.com"
    assert not found(checks.base_url_public)


def test_a_data_folder_that_is_a_file_is_an_error(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file" / "var"
    assert "RELAY_DATA_DIR" in found(checks.data_folder)["crm.E004"]
    settings.DATA_DIR = tmp_path / "new"
    assert not found(checks.data_folder)


def test_debug_on_a_public_address_is_an_error(settings: Any) -> None:
    settings.DEBUG, settings.BASE_URL = True, "https://crm.example.com"
    assert "DEBUG" in found(checks.debug_in_public)["crm.E005"]
    settings.BASE_URL = "http://localhost:8000"
    assert not found(checks.debug_in_public)


@pytest.mark.parametrize("keys", [[], ["short"], [Fernet.generate_key().decode(), "x" * 44]])
def test_encryption_keys_that_are_none_are_errors(settings: Any, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys
    assert "generate_key" in found(checks.encryption_keys)["crm.E006"]


def test_addresses_of_other_kinds_of_server_are_errors(settings: Any) -> None:
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "http://localhost", "kafka://localhost"
    assert set(found(checks.addresses_of_servers)) == {"crm.E007", "crm.E008"}


def test_a_redis_that_does_not_answer_is_an_error(settings: Any) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    assert "REDIS_URL" in found(checks.redis_keeps_everything)["crm.E010"]


def test_a_redis_that_evicts_is_an_error(redis_server: Any) -> None:
    assert set(found(checks.redis_keeps_everything)) == {"crm.W012"}  # the tests' own keeps nothing
    redis_server.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "noeviction" in found(checks.redis_keeps_everything)["crm.E011"]
    finally:
        redis_server.config_set("maxmemory-policy", "noeviction")


def test_a_broker_that_does_not_answer_is_an_error(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "amqp://guest@localhost:1//"
    assert "BROKER_URL" in found(checks.broker_answers)["crm.E013"]


def test_our_own_settings_pass(settings: Any) -> None:
    ours = [message for message in run_checks() if str(message.id).startswith("crm.")]
    assert not ours
