"""In whose name mail may be sent, and how that is shown."""

from __future__ import annotations

import pytest
from django.test import Client

from messaging import senders
from messaging.models import Message, SenderAddress, SendingDomain
from messaging.senders import is_verified, record_value
from tests.fixtures.dns import DnsServer
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


def link_in(message: Message) -> str:
    """The path of the link that a verification mail carries."""
    context: dict[str, dict[str, str]] = message.context or {}
    return context["data"]["url"].removeprefix("http://testserver")


def test_an_address_is_verified_by_the_button_behind_a_mailed_link(as_alice: Client) -> None:
    as_alice.post("/mail/senders/addresses/add/", {"email": "news@elsewhere.example"})
    message = Message.objects.get()
    assert (message.address, message.lane, message.purpose) == (
        "news@elsewhere.example",
        "transactional",
        "transactional",
    )
    reader = Client(enforce_csrf_checks=True)
    assert "news@elsewhere.example" in reader.get(link_in(message)).content.decode()
    assert not is_verified("news@elsewhere.example")
    assert reader.post(link_in(message)).status_code == 200
    assert is_verified("News@Elsewhere.example")
    assert not is_verified("other@elsewhere.example")


def test_a_link_for_an_address_that_was_removed_is_nothing(as_alice: Client) -> None:
    as_alice.post("/mail/senders/addresses/add/", {"email": "news@elsewhere.example"})
    address = SenderAddress.objects.get()
    as_alice.post(f"/mail/senders/addresses/{address.pk}/remove/")
    assert Client().post(link_in(Message.objects.get())).status_code == 404


def test_a_domain_is_verified_by_its_record(as_alice: Client, dns_server: DnsServer) -> None:
    as_alice.post("/mail/senders/domains/add/", {"domain": "Example.COM."})
    domain = SendingDomain.objects.get()
    assert record_value(domain) in as_alice.get("/mail/senders/").content.decode()
    dns_server.texts["_relay.example.com"] = ["v=spf1 -all", f"{senders.RECORD_VALUE}wrong"]
    page = as_alice.post(f"/mail/senders/domains/{domain.pk}/check/", follow=True).content.decode()
    assert "another value" in page
    assert not is_verified("bob@example.com")
    dns_server.texts["example.com"] = [record_value(domain)]
    as_alice.post(f"/mail/senders/domains/{domain.pk}/check/")
    assert is_verified("bob@example.com")
    assert is_verified("bob@mail.example.com")
    assert not is_verified("bob@notexample.com")


def test_dns_that_does_not_answer_is_no_error(dns_server: DnsServer) -> None:
    dns_server.failing = {"example.com", "_relay.example.com"}
    domain = SendingDomain.objects.create(domain="example.com", token="t")
    answer = senders.look_up(domain)
    assert not answer.found
    assert "did not answer" in answer.words


def test_an_administrators_word_is_enough_and_is_kept(as_alice: Client, world: World) -> None:
    domain = SendingDomain.objects.create(domain="example.com", token="t")
    as_alice.post(f"/mail/senders/domains/{domain.pk}/vouch/")
    domain.refresh_from_db()
    assert (domain.verified_how, domain.verified_by) == ("administrator", world.alice)
    assert is_verified("bob@example.com")


@pytest.mark.parametrize("name", ["", "nodots", "-bad.example", "exa mple.com", "a..b", "x" * 300 + ".com"])
def test_nonsense_is_no_domain(as_alice: Client, name: str) -> None:
    assert as_alice.post("/mail/senders/domains/add/", {"domain": name}).status_code == 422
    assert not SendingDomain.objects.exists()


@pytest.mark.parametrize("email", ["", "@example.com", "bob@", "nothing"])
def test_nonsense_is_never_verified(email: str) -> None:
    SendingDomain.objects.create(domain="example.com", token="t", verified_at="2026-01-01T00:00:00Z")
    assert not is_verified(email)


def test_only_those_who_may_change_settings_see_senders(as_bob: Client) -> None:
    assert as_bob.get("/mail/senders/").status_code == 403
