"""Questions to DNS: whom they go to, and what becomes of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.checks import dns_servers
from messaging.dns_text import DnsUnanswered, ask_text, place_of
from tests.fixtures.dns import DnsServer


def test_strings_are_joined_and_a_name_without_texts_has_none(dns_server: DnsServer) -> None:
    dns_server.texts = {"long.example.com": ["a" * 600, 'say "hi"; \\o/'], "empty.example.com": []}
    # A server may give the records in any order, and dnspython shuffles them.
    assert sorted(ask_text("long.example.com")) == ["a" * 600, 'say "hi"; \\o/']
    assert ask_text("empty.example.com") == []
    assert ask_text("unknown.example.com") == []


@pytest.mark.parametrize("name", ["broken.example.com", "a..b", "x" * 64 + ".example.com"])
def test_no_answer_is_told_from_no_record(dns_server: DnsServer, name: str) -> None:
    dns_server.failing = {"broken.example.com"}
    with pytest.raises(DnsUnanswered):
        ask_text(name)


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("[2620:fe::fe]:5353", ("2620:fe::fe", 5353)),
    ],
)
def test_a_server_has_an_address_and_perhaps_a_port(entry: str, place: tuple[str, int]) -> None:
    assert place_of(entry) == place


def test_a_server_without_an_address_is_a_mistake_with_a_hint(settings: Any) -> None:
    settings.DNS_SERVERS = ["9.9.9.9", "dns.example.com"]
    (found,) = dns_servers(None)
    assert "dns.example.com" in found.msg
    assert found.hint
