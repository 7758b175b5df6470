"""A sending domain's page: keys are made, found in DNS, activated, rotated and put away, by those who may."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Activity
from messaging.actions import dkim as actions
from messaging.models import DkimKey, Provider, SendingDomain
from messaging.models.dkim import KEEP_RECORD
from messaging.secrets import unseal
from messaging.senders import is_verified
from tests.fixtures.dns import DnsServer
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def domain() -> SendingDomain:
    return SendingDomain.objects.create(domain="example.com", token="t")


def page_of(client: Client, domain: SendingDomain) -> str:
    answer = client.get(f"/mail/senders/domains/{domain.pk}/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def shown_record(page: str, selector: str) -> tuple[str, str]:
    """Name and value of a key's record, as the copy buttons hand them out."""
    copies = re.findall(r'data-copy="([^"]+)" aria-label="Copy the (?:name|value)', page)
    at = next(n for n, text in enumerate(copies) if text.startswith(f"{selector}._domainkey."))
    return copies[at], copies[at + 1]


def act(client: Client, key: DkimKey, verb: str) -> str:
    answer = client.post(f"/mail/senders/keys/{key.pk}/{verb}/", follow=True)
    key.refresh_from_db()
    return unescape(answer.content.decode())


def make(client: Client, domain: SendingDomain, **fields: str) -> DkimKey:
    answer = client.post(f"/mail/senders/domains/{domain.pk}/keys/add/", {"algorithm": "rsa", **fields})
    assert answer.status_code == 302, answer.content.decode()
    found = DkimKey.objects.first()
    assert found is not None
    return found


def kinds() -> list[str]:
    return list(Activity.objects.filter(kind__startswith="dkim.").order_by("pk").values_list("kind", flat=True))


def test_an_empty_page_says_what_to_do_first(as_alice: Client, domain: SendingDomain) -> None:
    page = page_of(as_alice, domain)
    assert "No DKIM key yet" in page
    assert "Make the first key" in page


def test_a_key_is_made_kept_secret_found_and_activated(
    as_alice: Client, domain: SendingDomain, dns_server: DnsServer, world: World
) -> None:
    key = make(as_alice, domain)
    assert (key.state, key.selector, key.created_by) == ("waiting", "relay1", world.alice)
    secret = unseal(key.private_key)["private_key"]
    page = page_of(as_alice, domain)
    assert secret not in page
    assert key.private_key not in page
    name, value = shown_record(page, "relay1")
    assert name == "relay1._domainkey.example.com"
    assert value == f"v=DKIM1; k=rsa; p={key.public_key}"

    assert "no TXT record" in act(as_alice, key, "activate")
    assert key.state == "waiting"
    dns_server.texts[name] = [value]
    assert "The record was found." in act(as_alice, key, "check")
    assert key.state == "published"
    act(as_alice, key, "activate")
    assert (key.state, key.activated_how, key.activated_by) == ("active", "dns", world.alice)
    # Who can put our record into the domain's DNS owns the domain.
    assert is_verified("news@example.com")
    assert kinds() == ["dkim.made", "dkim.activated"]
    act(as_alice, key, "activate")
    assert kinds() == ["dkim.made", "dkim.activated"]


def test_a_record_that_went_away_takes_the_promise_back(
    as_alice: Client, domain: SendingDomain, dns_server: DnsServer
) -> None:
    key = make(as_alice, domain)
    name, value = shown_record(page_of(as_alice, domain), key.selector)
    dns_server.texts[name] = [value]
    act(as_alice, key, "check")
    del dns_server.texts[name]
    act(as_alice, key, "activate")
    assert key.state == "waiting"
    dns_server.texts[name] = [value]
    act(as_alice, key, "activate")
    del dns_server.texts[name]
    actions.check_active_keys()
    assert "Receivers do not find this key" in page_of(as_alice, domain)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: value[:80], "cut off"),
        (lambda value: value.replace("p=M", "p=X"), "another key"),
        (lambda value: value.partition("p=")[0] + "p=", "revokes"),
        (lambda value: "v=DKIM1; k=rsa", "no key"),
        (lambda value: value.replace("DKIM1", "spf1"), "not one of DKIM"),
        (lambda value: value.replace("k=rsa", "k=ed25519"), "k=rsa"),
        (lambda value: value.replace("k=rsa", "k=rsa; h=sha1"), "SHA-256"),
        (lambda value: value.replace("k=rsa", "k=rsa; s=tlsrpt"), "not meant for email"),
    ],
)
def test_a_wrong_record_is_told_from_a_missing_one(
    as_alice: Client, domain: SendingDomain, dns_server: DnsServer, change: object, words: str
) -> None:
    key = make(as_alice, domain)
    name, value = shown_record(page_of(as_alice, domain), key.selector)
    dns_server.texts[name] = [change(value)]  # type: ignore[operator]
    assert words in act(as_alice, key, "activate")
    assert key.state == "waiting"


def test_records_as_people_write_them_are_right_too(
    as_alice: Client, domain: SendingDomain, dns_server: DnsServer
) -> None:
    key = make(as_alice, domain)
    name, value = shown_record(page_of(as_alice, domain), key.selector)
    half = len(value) // 2
    dns_server.texts[name] = [f"{value[:half]} {value[half:]} ; n=made by Relay; t=s;".replace("v=DKIM1; ", "")]
    act(as_alice, key, "activate")
    assert key.state == "active"
    dns_server.texts[name] = [value, "something else"]
    assert "There are 2 TXT records" in act(as_alice, key, "check")
    dns_server.failing = {name}
    assert "did not answer" in act(as_alice, key, "check")


def test_a_rotation_keeps_the_old_record_and_then_retires_its_key(
    as_alice: Client, domain: SendingDomain, dns_server: DnsServer
) -> None:
    old = make(as_alice, domain)
    name, value = shown_record(page_of(as_alice, domain), old.selector)
    dns_server.texts[name] = [value]
    act(as_alice, old, "activate")
    act(as_alice, old, "rotate")
    act(as_alice, old, "rotate")
    (new,) = DkimKey.objects.exclude(pk=old.pk)
    assert (old.state, new.state, new.selector, new.algorithm) == ("active", "waiting", "relay2", "rsa")
    page = page_of(as_alice, domain)
    name, value = shown_record(page, new.selector)
    dns_server.texts[name] = [value]
    page = act(as_alice, new, "activate")
    old.refresh_from_db()
    assert (old.state, new.state) == ("retiring", "active")
    assert "Keep its record until" in page
    assert shown_record(page, old.selector)

    now = timezone.now()
    assert actions.retire_old_keys(now + KEEP_RECORD - timedelta(hours=1)) == 0
    assert actions.retire_old_keys(now + KEEP_RECORD + timedelta(hours=1)) == 1
    old.refresh_from_db()
    assert (old.state, old.private_key) == ("retired", "")
    assert "its record may be taken out of DNS" in page_of(as_alice, domain)
    assert kinds() == ["dkim.made", "dkim.activated", "dkim.made", "dkim.stopped", "dkim.activated", "dkim.retired"]
    assert "relay3" in act(as_alice, new, "rotate")


def test_an_administrators_word_activates_and_is_kept(as_alice: Client, domain: SendingDomain, world: World) -> None:
    key = make(as_alice, domain)
    page = act(as_alice, key, "vouch")
    assert (key.state, key.activated_how, key.activated_by) == ("active", "administrator", world.alice)
    assert "by the word of Alice" in page
    entry = Activity.objects.get(kind="dkim.activated")
    assert (entry.by, entry.data["how"]) == (world.alice, "administrator")


def test_an_active_key_is_stopped_before_it_is_retired(as_alice: Client, domain: SendingDomain) -> None:
    key = make(as_alice, domain)
    act(as_alice, key, "vouch")
    assert "stop it first" in act(as_alice, key, "retire")
    assert key.state == "active"
    act(as_alice, key, "stop")
    assert key.state == "retiring"
    act(as_alice, key, "retire")
    assert (key.state, key.private_key) == ("retired", "")
    assert "Make a new one" in act(as_alice, key, "vouch")
    assert key.state == "retired"


def test_a_key_of_each_algorithm_may_sign_at_once(as_alice: Client, domain: SendingDomain) -> None:
    short = make(as_alice, domain, algorithm="ed25519")
    page = act(as_alice, short, "vouch")
    assert "Add an RSA key" in page
    assert "No provider signs" in page
    act(as_alice, make(as_alice, domain), "vouch")
    Provider.objects.create(name="Ours", kind="smtp", config={"host": "127.0.0.1", "sign_dkim": True})
    page = page_of(as_alice, domain)
    assert sorted(DkimKey.objects.values_list("state", flat=True)) == ["active", "active"]
    assert "Add an RSA key" not in page
    assert "No provider signs" not in page


@pytest.mark.parametrize("selector", ["-a", "a_b", "ä", "a..b", "a b", "relay1", "x;p=", ".", "a."])
def test_a_selector_is_a_new_name(as_alice: Client, domain: SendingDomain, selector: str) -> None:
    make(as_alice, domain)
    answer = as_alice.post(f"/mail/senders/domains/{domain.pk}/keys/add/", {"algorithm": "rsa", "selector": selector})
    assert answer.status_code == 422
    assert DkimKey.objects.count() == 1


def test_a_selector_of_ones_own_is_taken_in_lower_case(as_alice: Client, domain: SendingDomain) -> None:
    assert make(as_alice, domain, selector="Spring-2027.news").selector == "spring-2027.news"
    assert make(as_alice, domain).selector == "relay1"


def test_a_domain_below_is_told_who_signs_for_it(as_alice: Client, domain: SendingDomain) -> None:
    act(as_alice, make(as_alice, domain), "vouch")
    below = SendingDomain.objects.create(domain="news.example.com", token="t")
    assert "is signed by example.com" in page_of(as_alice, below)


def test_only_administrators_reach_keys(as_alice: Client, as_bob: Client, domain: SendingDomain) -> None:
    key = make(as_alice, domain)
    assert as_bob.get(f"/mail/senders/domains/{domain.pk}/").status_code == 403
    assert as_bob.get(f"/mail/senders/domains/{domain.pk}/policies/").status_code == 403
    assert as_bob.post(f"/mail/senders/domains/{domain.pk}/keys/add/", {"algorithm": "rsa"}).status_code == 403
    assert as_bob.post(f"/mail/senders/keys/{key.pk}/vouch/").status_code == 403
    assert as_alice.get(f"/mail/senders/keys/{key.pk}/vouch/").status_code == 405
    assert as_alice.post(f"/mail/senders/keys/{key.pk + 1}/vouch/").status_code == 404
    assert as_alice.post(f"/mail/senders/keys/{key.pk}/nonsense/").status_code == 404
    key.refresh_from_db()
    assert key.state == "waiting"
