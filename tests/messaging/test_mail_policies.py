"""SPF and DMARC as DNS has them, and what a sender should add."""

from __future__ import annotations

import pytest
from django.test import Client

from messaging.dns_text import DnsUnanswered
from messaging.mail_policies import PolicyFinding, check_dmarc, check_spf
from messaging.models import Provider, SendingDomain
from tests.fixtures.dns import DnsServer

OFFICE = "smtp.office365.com"
INCLUDE = "include:spf.protection.outlook.com"


def spf(*texts: str, hosts: tuple[str, ...] = (OFFICE,), **others: str) -> PolicyFinding:
    zone = {"example.com": list(texts), **{name.replace("_", "."): [text] for name, text in others.items()}}
    return check_spf("example.com", hosts, ask=lambda name: zone.get(name, []))


def dmarc(zone: dict[str, str], domain: str = "news.example.com", **more: str) -> PolicyFinding:
    return check_dmarc(domain, ask=lambda name: [zone[name]] if name in zone else [], **more)


@pytest.mark.parametrize(
    ("texts", "standing", "value"),
    [
        ([], "missing", f"v=spf1 {INCLUDE} ~all"),
        (["google-site-verification=x"], "missing", f"v=spf1 {INCLUDE} ~all"),
        ([f"v=spf1 {INCLUDE} -all"], "good", ""),
        ([f"V=SPF1 {INCLUDE.upper()} -ALL"], "good", ""),
        (["v=spf1 mx -all"], "look", f"v=spf1 mx {INCLUDE} -all"),
        (["v=spf1 mx"], "look", f"v=spf1 mx {INCLUDE}"),
        (["v=spf1 -all", "v=spf1 mx -all"], "look", ""),
        ([f"v=spf1 {INCLUDE} +all"], "look", f"v=spf1 {INCLUDE} ~all"),
        ([f"v=spf1 {INCLUDE} all"], "look", f"v=spf1 {INCLUDE} ~all"),
        (["v=spf1 " + " ".join(f"include:{n}.example.org" for n in range(11)) + " -all"], "look", ""),
    ],
)
def test_spf(texts: list[str], standing: str, value: str) -> None:
    found = spf(*texts)
    assert (found.standing, found.value) == (standing, value)
    assert found.words


def test_spf_is_read_through_its_includes() -> None:
    assert spf("v=spf1 include:ours.example -all", ours_example=f"v=spf1 {INCLUDE} -all").standing == "good"
    assert spf("v=spf1 redirect=ours.example", ours_example=f"v=spf1 {INCLUDE} -all").standing == "good"
    assert spf("v=spf1 include:ours.example -all", ours_example="v=spf1 mx -all").standing == "look"


def test_a_relay_of_ones_own_is_named_and_loopback_is_not() -> None:
    assert spf(hosts=("mail.example.com", "127.0.0.1", "localhost", "")).value == "v=spf1 a:mail.example.com ~all"
    found = spf(hosts=("127.0.0.1",))
    assert (found.standing, found.value) == ("missing", "")


@pytest.mark.parametrize(
    ("zone", "standing", "words"),
    [
        ({}, "missing", "no DMARC record"),
        ({"_dmarc.news.example.com": "v=DMARC1; p=reject"}, "good", "reject"),
        ({"_dmarc.example.com": "v=DMARC1;p=quarantine; rua=mailto:a@example.com"}, "good", "quarantine"),
        ({"_dmarc.example.com": "v=DMARC1; p=reject; sp=none"}, "good", "p=none"),
        ({"_dmarc.example.com": "v=DMARC1; rua=mailto:a@example.com"}, "look", "no valid policy"),
        ({"_dmarc.com": "v=spf1"}, "missing", "no DMARC record"),
    ],
)
def test_dmarc_holds_for_the_domains_below(zone: dict[str, str], standing: str, words: str) -> None:
    found = dmarc(zone)
    assert found.standing == standing
    assert words in found.words
    assert (found.name, bool(found.value)) == (("_dmarc.news.example.com", True) if standing != "good" else ("", False))


def test_strict_alignment_needs_a_key_of_the_domain_itself() -> None:
    zone = {"_dmarc.example.com": "v=DMARC1; p=reject; adkim=s"}
    assert dmarc(zone).standing == "good"
    assert "news.example.com itself" in dmarc(zone, strict_parent="example.com").words


def test_two_dmarc_records_count_as_none() -> None:
    found = check_dmarc("example.com", ask=lambda name: ["v=DMARC1; p=none", "v=DMARC1; p=reject"])
    assert found.standing == "look"


def test_no_answer_is_not_taken_for_no_record() -> None:
    def fail(name: str) -> list[str]:
        raise DnsUnanswered("timed out")

    assert check_spf("example.com", [OFFICE], ask=fail).standing == "unknown"
    assert check_dmarc("example.com", ask=fail).standing == "unknown"


@pytest.mark.django_db
def test_the_page_shows_both_and_what_to_add(as_alice: Client, dns_server: DnsServer) -> None:
    domain = SendingDomain.objects.create(domain="example.com", token="t")
    Provider.objects.create(name="Office", kind="smtp", config={"host": OFFICE})
    dns_server.texts["_dmarc.example.com"] = ["v=DMARC1; p=<b>reject</b>"]
    page = as_alice.get(f"/mail/senders/domains/{domain.pk}/policies/").content.decode()
    assert f"v=spf1 {INCLUDE} ~all" in page
    assert "<b>reject" not in page
    assert dns_server.asked == ["example.com", "_dmarc.example.com"]
