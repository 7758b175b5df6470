"""Providers in the browser: added, tried out against a real server, put in order; their secrets stay secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from messaging.actions.providers import capture_by_default
from messaging.hosts import HostRefusedError, check_host
from messaging.models import Provider
from messaging.providers import ProviderMisconfiguredError, all_kinds
from messaging.providers.esp import Esp
from messaging.secrets import SecretsUnreadableError, unseal
from tests.fixtures.smtp import SmtpServer

pytestmark = pytest.mark.django_db

SECRET = "s3cret-of-the-relay"


def smtp_form(**facts: object) -> dict[str, object]:
    """What an administrator types for an SMTP server on this machine."""
    return {
        "name": "Our relay",
        "host": "127.0.0.1",
        "port": 2525,
        "security": "none",
        "username": "",
        "password": "",
        "verify": "on",
        "messages_per_second": 50,
        "max_connections": 4,
        "broadcast": "on",
        "transactional": "on",
        **facts,
    }


def add(client: Client, **facts: object) -> Provider:
    answer = client.post("/mail/providers/add/smtp/", smtp_form(**facts))
    assert answer.status_code == 302, answer.content.decode()
    return Provider.objects.get(name=str(facts.get("name", "Our relay")))


def test_an_administrator_adds_a_server_and_its_password_is_never_shown(as_alice: Client) -> None:
    made = add(as_alice, username="relay", password=SECRET)
    assert SECRET not in made.secrets
    assert unseal(made.secrets) == {"password": SECRET}
    assert not made.is_active
    for page in ("/mail/providers/", f"/mail/providers/{made.pk}/"):
        assert SECRET not in as_alice.get(page).content.decode()


def test_leaving_the_password_empty_keeps_it(as_alice: Client) -> None:
    made = add(as_alice, username="relay", password=SECRET)
    as_alice.post(f"/mail/providers/{made.pk}/", smtp_form(port=587, password=""))
    made.refresh_from_db()
    assert made.config["port"] == 587
    assert unseal(made.secrets) == {"password": SECRET}


def test_the_test_button_speaks_to_the_server_and_shows_its_words(as_alice: Client, smtp_server: SmtpServer) -> None:
    made = add(as_alice, host=smtp_server.host, port=smtp_server.port)
    page = as_alice.post(f"/mail/providers/{made.pk}/test/", {"to": "dora@example.com"}).content.decode()
    assert "It works." in page
    assert smtp_server.received[-1].recipients == ("dora@example.com",)
    refused = as_alice.post(f"/mail/providers/{made.pk}/test/", {"to": "550-rcpt@example.com"}).content.decode()
    assert "It does not work." in refused
    made.refresh_from_db()
    assert "550" in made.last_error
    assert "550" in as_alice.get("/mail/providers/").content.decode()


def test_a_server_that_is_not_there_is_said_to_be_so(as_alice: Client) -> None:
    made = add(as_alice, port=1)
    assert "It does not work." in as_alice.post(f"/mail/providers/{made.pk}/test/", {"to": ""}).content.decode()


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "[fd00::1]", "172.16.0.9", "0.0.0.0"])
def test_hosts_inside_a_private_network_are_refused(as_alice: Client, host: str) -> None:
    answer = as_alice.post("/mail/providers/add/smtp/", smtp_form(host=host))
    assert answer.status_code == 200
    assert "RELAY_ALLOW_PRIVATE_HOSTS" in answer.content.decode()
    assert not Provider.objects.filter(kind="smtp").exists()


def test_an_operator_may_allow_a_private_network(settings: object) -> None:
    with pytest.raises(HostRefusedError):
        check_host("10.1.2.3")
    settings.RELAY_ALLOW_PRIVATE_HOSTS = ["10.0.0.0/8"]  # type: ignore[attr-defined]
    check_host("10.1.2.3")
    with pytest.raises(HostRefusedError):
        check_host("127.0.0.1")


def test_an_esp_asks_for_its_key(as_alice: Client) -> None:
    form = {"name": "Postmark", "messages_per_second": 0, "transactional": "on"}
    assert "This field is required" in as_alice.post("/mail/providers/add/postmark/", form).content.decode()
    assert as_alice.post("/mail/providers/add/postmark/", {**form, "server_token": SECRET}).status_code == 302
    page = as_alice.get(f"/mail/providers/{Provider.objects.get(kind='postmark').pk}/").content.decode()
    assert "/e/hooks/" in page
    assert SECRET not in page


def test_an_api_address_must_not_lead_inside(as_alice: Client) -> None:
    form = {"name": "P", "messages_per_second": 0, "server_token": "x", "api_url": "http://169.254.169.254/latest/"}
    assert as_alice.post("/mail/providers/add/postmark/", form).status_code == 200
    assert not Provider.objects.filter(kind="postmark").exists()


def test_a_new_provider_stands_before_capture_so_that_taking_it_into_use_is_enough(as_alice: Client) -> None:
    capture_by_default()
    made = add(as_alice)
    as_alice.post(f"/mail/providers/{made.pk}/on/")
    assert list(Provider.objects.values_list("kind", flat=True)) == ["smtp", "capture"]


def test_order_and_state_are_set_by_buttons(as_alice: Client) -> None:
    capture_by_default()
    made = add(as_alice)
    as_alice.post(f"/mail/providers/{made.pk}/first/")
    assert list(Provider.objects.values_list("kind", "is_active")) == [("smtp", True), ("capture", True)]
    as_alice.post(f"/mail/providers/{made.pk}/down/")
    assert Provider.objects.first() == Provider.objects.get(kind="capture")
    as_alice.post(f"/mail/providers/{made.pk}/pause/")
    made.refresh_from_db()
    assert made.paused_at is not None
    as_alice.post(f"/mail/providers/{made.pk}/resume/")
    as_alice.post(f"/mail/providers/{made.pk}/off/")
    made.refresh_from_db()
    assert Provider.objects.filter(pk=made.pk, paused_at=None, is_active=False).exists()
    as_alice.post(f"/mail/providers/{made.pk}/remove/")
    assert not Provider.objects.filter(kind="smtp").exists()


def test_links_that_recipients_cannot_use_are_warned_of(as_alice: Client, settings: Any) -> None:
    capture_by_default()
    words = "Recipients cannot use the links"
    assert words not in as_alice.get("/mail/providers/").content.decode()
    as_alice.post(f"/mail/providers/{add(as_alice).pk}/first/")
    assert words in as_alice.get("/mail/providers/").content.decode()
    settings.BASE_URL = "https://crm.example.com"
    assert words not in as_alice.get("/mail/providers/").content.decode()


def test_every_kind_has_a_form(as_alice: Client) -> None:
    for kind in all_kinds():
        assert as_alice.get(f"/mail/providers/add/{kind.key}/").status_code == 200, kind.key
    assert as_alice.get("/mail/providers/add/nonsense/").status_code == 404


def test_only_administrators_reach_providers(as_bob: Client, as_sam: Client, as_charlie: Client) -> None:
    capture_by_default()
    made = Provider.objects.get()
    for client in (as_bob, as_sam, as_charlie):
        assert client.get("/mail/providers/").status_code == 403
        assert client.post(f"/mail/providers/{made.pk}/pause/").status_code == 403
    made.refresh_from_db()
    assert made.paused_at is None


def test_state_changes_only_by_post(as_alice: Client) -> None:
    capture_by_default()
    made = Provider.objects.get()
    for verb in ("pause", "remove", "test"):
        assert as_alice.get(f"/mail/providers/{made.pk}/{verb}/").status_code == 405
    assert Provider.objects.count() == 1


def test_secrets_of_a_lost_key_are_said_to_be_unreadable(as_alice: Client, settings: object) -> None:
    made = add(as_alice, username="relay", password=SECRET)
    settings.ENCRYPTION_KEYS = ["A" * 43 + "="]  # type: ignore[attr-defined]
    with pytest.raises(SecretsUnreadableError, match="ENCRYPTION_KEYS"):
        unseal(made.secrets)
    page = as_alice.post(f"/mail/providers/{made.pk}/test/", {"to": ""}).content.decode()
    assert "ENCRYPTION_KEYS" in page


def test_a_new_key_in_front_keeps_old_secrets_readable(as_alice: Client, settings: object) -> None:
    made = add(as_alice, username="relay", password=SECRET)
    settings.ENCRYPTION_KEYS = ["A" * 43 + "=", *settings.ENCRYPTION_KEYS]  # type: ignore[attr-defined]
    assert unseal(made.secrets) == {"password": SECRET}


@pytest.mark.parametrize(
    "kind", [kind for kind in all_kinds() if isinstance(kind, Esp) and not kind.missing], ids=lambda kind: kind.key
)
def test_every_provider_that_anymail_speaks_to_is_opened_by_our_names(kind: Esp) -> None:
    config = {field.name: "x.example.com" for field in kind.fields if not field.secret and field.name != "api_url"}
    secrets = {field.name: "a2V5" for field in kind.fields if field.secret}
    if kind.key in ("postal", "unisender_go"):  # self-hosted, or at an address of the account's own
        config["api_url"] = "http://127.0.0.1:1"
    backend = kind.backend(config, secrets)
    assert backend.__class__.__module__.startswith("anymail.backends")
    backend.close()
    if kind.key != "sendgrid":  # it needs a real public key
        assert kind.webhook_view(config, secrets).esp_name


def test_the_keys_that_an_api_needs_are_asked_for() -> None:
    for kind in all_kinds():
        if isinstance(kind, Esp) and not kind.missing:
            with pytest.raises(ProviderMisconfiguredError):
                kind.check({}, {})
