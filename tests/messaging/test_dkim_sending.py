"""Signed mail through the whole outbox to a real server, verified by dkimpy with the records that a real DNS serves."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import dkim
import pytest
from django.test import Client

from contacts.models import Contact
from messaging.actions import dkim as actions
from messaging.actions.one_to_one import send_one_to_one
from messaging.dkim import keyring
from messaging.dkim.keys import record_name, record_value
from messaging.dns_text import ask_text
from messaging.mime import Attachment
from messaging.models import DkimKey, Message, Provider, SendingDomain
from messaging.outbox import ways
from messaging.outbox.drain import drain_lane
from messaging.smtp import SmtpClient, SmtpSettings
from messaging.transports import Outgoing, ProviderSettings, open_transport
from tests.fixtures.dns import DnsServer
from tests.fixtures.processes import wait_until
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World
from tests.messaging import blasts
from tests.messaging.mailings import compiled, facts
from tests.messaging.outbox_rows import make_contact
from tests.messaging.test_outbox import another_worker

pytestmark = pytest.mark.django_db(transaction=True)

NAUGHTY: list[str] = json.loads((Path(__file__).parent / "samples" / "blns.json").read_text())


def signing_provider(server: SmtpServer, **changes: Any) -> Provider:
    provider = blasts.smtp_provider(server, **changes)
    provider.config["sign_dkim"] = True
    provider.save()
    return provider


def publish(server: DnsServer, key: DkimKey) -> DkimKey:
    name = record_name(key.selector, key.domain.domain)
    server.texts[name] = [record_value(key.algorithm, key.public_key)]
    return key


def active_key(server: DnsServer, algorithm: str, domain: str = "example.com") -> DkimKey:
    owner, _ = SendingDomain.objects.get_or_create(domain=domain, defaults={"token": "t"})
    key = publish(server, actions.make_key(domain=owner, algorithm=algorithm, by=None))
    assert actions.activate_key(key=key, by=None).found
    return key


def selectors(raw: bytes) -> list[str]:
    """Whose signatures a message carries. Each must verify, as dkimpy sees it, with what DNS says now."""
    head = raw.partition(b"\r\n\r\n")[0]
    found = [name.decode() for name in re.findall(rb"DKIM-Signature: [^\0]*?\bs=([^;]+);", head)]
    for index, name in enumerate(found):

        def look_up(name: bytes, timeout: int = 5) -> bytes:
            return "".join(ask_text(name.decode())).encode()

        assert dkim.DKIM(raw).verify(idx=index, dnsfunc=look_up), name
    return found


@pytest.mark.parametrize(("algorithms", "count"), [(["rsa"], 1), (["ed25519"], 1), (["rsa", "ed25519"], 2)])
def test_a_campaign_verifies(smtp_server: SmtpServer, dns_server: DnsServer, algorithms: list[str], count: int) -> None:
    signing_provider(smtp_server)
    made = [active_key(dns_server, algorithm).selector for algorithm in algorithms]
    blasts.blast(3, subject="Grüße für {{ contact.first_name }}", html=f"<p>  Ünï\t–\t</p>{blasts.HTML}")
    drain_lane("campaign")
    assert len(smtp_server.received) == 3
    for one in smtp_server.received:
        assert selectors(one.raw) == made
        assert one.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_personal_mail_is_signed_by_the_domain_of_its_user(
    smtp_server: SmtpServer, dns_server: DnsServer, world: World
) -> None:
    signing_provider(smtp_server)
    smtp_server.purpose = "one_to_one"
    key = active_key(dns_server, "rsa")
    send_one_to_one(user=world.sam, contact=make_contact(), subject="Hëllo", html="<p>How are you?</p>", by=world.sam)
    drain_lane("one_to_one")
    (one,) = smtp_server.received
    assert selectors(one.raw) == [key.selector]
    assert one.message["From"].addresses[0].domain == "example.com"


def test_attachments_are_covered(smtp_server: SmtpServer, dns_server: DnsServer) -> None:
    provider = signing_provider(smtp_server)
    smtp_server.purpose = "one_to_one"
    key = active_key(dns_server, "rsa")
    keyring.refresh()
    transport = open_transport(ProviderSettings(provider.pk, "smtp", provider.config, {}))
    attached = facts(attachments=(Attachment("plän.pdf", "application/pdf", bytes(range(256)) * 400),))
    outgoing = Outgoing(1, "ada@example.com", compiled(purpose="one_to_one"), ["Ada"] * 2, attached, "transactional")
    transport.prepare(outgoing)
    with SmtpClient(SmtpSettings(smtp_server.host, smtp_server.port, "none")) as client:
        assert client.send(outgoing.prepared).outcome == "accepted"
    raw = smtp_server.received[0].raw
    assert selectors(raw) == [key.selector]
    with pytest.raises(dkim.ValidationError):
        selectors(raw.replace(b"AAEC", b"AAED", 1))


def test_hostile_values_verify(smtp_server: SmtpServer, dns_server: DnsServer) -> None:
    signing_provider(smtp_server)
    key = active_key(dns_server, "ed25519")
    mailing_list = blasts.make_list("Näws\t\r\nBcc: x")
    contacts = blasts.subscribe(mailing_list, len(NAUGHTY))
    for contact, value in zip(contacts, NAUGHTY, strict=True):
        contact.first_name = contact.last_name = value.replace("\x00", "")[:100]
    Contact.objects.bulk_update(contacts, ["first_name", "last_name"])
    blasts.queue(blasts.make_mailing(subject="{{ contact.first_name }}  for\tyou"), mailing_list)
    drain_lane("campaign")
    assert len(smtp_server.received) == len(NAUGHTY)
    assert {tuple(selectors(one.raw)) for one in smtp_server.received} == {(key.selector,)}


def test_a_rotation_in_the_middle_of_a_blast_breaks_nothing(
    smtp_server: SmtpServer, dns_server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "FRESH_SECONDS", 0.1)
    signing_provider(smtp_server, messages_per_second=200)
    old = active_key(dns_server, "ed25519")
    mailing = blasts.blast(400)
    with another_worker():
        wait_until(lambda: len(smtp_server.received) > 50)
        new = actions.rotate_key(key=old, by=None)
        assert not actions.activate_key(key=new, by=None).found
        before = len(smtp_server.received)
        wait_until(lambda: len(smtp_server.received) > before + 20)
        publish(dns_server, new)
        assert actions.activate_key(key=new, by=None).found
    assert blasts.states(mailing) == {"sent": 400}
    old.refresh_from_db()
    assert (old.state, new.state) == ("retiring", "active")
    # DNS has what our pages say it must have: the records of the active key and of the one that retires.
    used = [selectors(one.raw) for one in smtp_server.received]
    assert used[0] == [old.selector]
    assert used[-1] == [new.selector]
    assert {len(each) for each in used} == {1}
    assert [old.selector] in used[before:], "nothing was signed with a key that had no record yet"
    counts = Counter(each[0] for each in used)
    assert set(counts) == {old.selector, new.selector}


@pytest.mark.parametrize("state", ["waiting", "published", "retiring", "retired"])
def test_only_active_keys_sign(smtp_server: SmtpServer, dns_server: DnsServer, state: str) -> None:
    signing_provider(smtp_server)
    key = active_key(dns_server, "ed25519")
    DkimKey.objects.filter(pk=key.pk).update(state=state)
    blasts.blast(1)
    drain_lane("campaign")
    assert selectors(smtp_server.received[0].raw) == []


def test_a_provider_that_is_not_asked_to_does_not_sign(smtp_server: SmtpServer, dns_server: DnsServer) -> None:
    blasts.smtp_provider(smtp_server)
    active_key(dns_server, "ed25519")
    blasts.blast(1)
    drain_lane("campaign")
    assert selectors(smtp_server.received[0].raw) == []


def test_mail_waits_where_the_keys_cannot_be_read(
    smtp_server: SmtpServer, dns_server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = signing_provider(smtp_server)
    key = active_key(dns_server, "ed25519")
    DkimKey.objects.filter(pk=key.pk).update(private_key="sealed with another key")
    # A process that has just started: it has read no keys that it could go on with.
    monkeypatch.setattr(keyring, "_ring", None)
    monkeypatch.setattr(keyring, "_rows", None)
    blasts.blast(1)
    drain_lane("campaign")
    assert smtp_server.received == []
    assert Message.objects.get().state == "queued"
    provider.refresh_from_db()
    assert "ENCRYPTION_KEYS" in provider.last_error


def test_keys_cost_no_query_a_message(smtp_server: SmtpServer, dns_server: DnsServer) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    signing_provider(smtp_server)
    active_key(dns_server, "ed25519")
    blasts.blast(40)
    with CaptureQueriesContext(connection) as seen:
        drain_lane("campaign")
    assert len(smtp_server.received) == 40
    assert sum("messaging_dkimkey" in query["sql"] for query in seen) <= 2


def test_the_test_button_signs_as_well(smtp_server: SmtpServer, dns_server: DnsServer, as_alice: Client) -> None:
    smtp_server.purpose = "transactional"
    provider = signing_provider(smtp_server)
    key = active_key(dns_server, "rsa")
    from contacts.models import Organization

    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Example Ltd", "default_from_email": "hello@example.com"}
    )
    page = as_alice.post(f"/mail/providers/{provider.pk}/test/", {"to": "ada@example.com"}).content.decode()
    assert "It works." in page
    assert selectors(smtp_server.received[0].raw) == [key.selector]
