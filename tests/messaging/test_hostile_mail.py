"""Hostile names, subjects, fields and templates through the real way to a real server; the lint judges what arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as of
from hypothesis import strategies as st

from contacts.models import Account, Contact, CustomField, FieldValue, MailingList, Organization, Subscription, User
from messaging.actions.compose import MailingInvalid, queue_message
from messaging.actions.one_to_one import ValuesMissingError, send_one_to_one
from messaging.actions.transactional import send_transactional
from messaging.mime import Attachment, clean_header_value
from messaging.models import Mailing, Message
from messaging.outbox.desk import close_desks
from messaging.outbox.drain import drain_lane
from messaging.smtp import Envelope, SmtpClient, SmtpSettings
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.wire import faults_of
from tests.messaging import blasts
from tests.messaging.esp_payloads import payload_faults
from tests.messaging.esp_simulator import EspSimulator, Postmark
from tests.messaging.mailings import built, compiled
from tests.messaging.scripted_smtp import EHLO, GREETING, MAIL, scripted

pytestmark = pytest.mark.django_db(transaction=True)

NAUGHTY: list[str] = json.loads((Path(__file__).parent / "samples" / "blns.json").read_text())
HOSTILE = [
    "a\r\nBcc: evil@evil.test",
    "a\nBcc: evil@evil.test",
    "a\rBcc: evil@evil.test",
    "a\r\n\r\nbody\r\n.\r\nMAIL FROM:<evil@evil.test>",
    "\r\n.\r\n",
    # CVE-2024-6923: line ends within encoded words, once and twice encoded.
    "=?utf-8?q?hi=0ABcc=3A_evil=40evil.test?=",
    "=?utf-8?q?hi=0D=0ABcc=3A_evil=40evil.test?=",
    "=?utf-8?b?aGkNCkJjYzogZXZpbEBldmlsLnRlc3Q=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fhi=3D0ABcc=3D3A=5Fx=3F=3D?=",
    "=?utf-7?q?+AAoAQgBjAGMAOg-?=",
    "=?utf-16?b?AAoAQg==?=",
    "=?utf-8?q?=E2=80=A8x?= =?utf-8?q?=C2=85x?=",
    "x" * 10_000,
    "word " * 2_000,
    "Ünïcödé 日本語 " * 600,
    "👩‍👩‍👧‍👦" * 400,
    "👨🏽‍🚀🏳️‍🌈🇩🇪" * 30,
    "e" + "\u0301" * 500,
    "\u202ecod.exe\u202c \u2066x\u2069 \u200f\u200e",
    "ls\u2028 ps\u2029 nel\x85 vt\x0b ff\x0c fs\x1c bell\x07 esc\x1b[31m del\x7f",
    "\ufeff\u200b\u200c\u200d\u2060",
    "\ufffe\uffff\U0001ffff",
    "\ue000 1\ue001 \ue002x\ue003 \ue00f",
    '"quoted", <angle@evil.test>, (comment) \\ ; : @',
    "\\",
    '"',
    "Ada <ada@evil.test>",
    "From nobody\n.\nFrom nobody\n..\n",
    ".",
    "..",
    "=3D=\n= \t",
    " \t ",
    "<b>&amp;</b></html><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ contact.email }} {% if %}",
    "%0d%0aBcc:%20evil@evil.test",
]
# What PostgreSQL's text cannot hold, and therefore no field.
_NOT_STORED = re.compile("[\x00\ud800-\udfff]")
texts = st.text(max_size=150) | st.sampled_from(HOSTILE) | st.sampled_from(NAUGHTY)
PEOPLE = 150


def storable(text: str, length: int = 150) -> str:
    return _NOT_STORED.sub("", text)[:length]


@pytest.fixture
def server(start_smtp_server: Callable[..., SmtpServer]) -> Iterator[SmtpServer]:
    """A server that takes everything, SMTPUTF8 too."""
    server = start_smtp_server(smtputf8=True)
    blasts.smtp_provider(server)
    CustomField.objects.create(key="plan", label="Plan", kind="text")
    yield server
    assert any(server.received), "nothing was sent, so nothing was shown"


def organization(text: str) -> None:
    """The sender that everything is sent by."""
    facts = {"name": storable(text, 200), "postal_address": storable(text, 500) or "1 High Street"}
    Organization.objects.update_or_create(pk=1, defaults=facts)


def people(values: list[tuple[str, str, str]], mailing_list: MailingList) -> None:
    """A contact for each, hostile wherever a contact can be."""
    account = Account.objects.create(name=storable(values[0][0], 200) + uuid4().hex)
    made = Contact.objects.bulk_create(
        Contact(
            email=f"p{number}-{uuid4().hex[:8]}@example.com",
            first_name=storable(first),
            last_name=storable(last),
            city=storable(city, 120),
            account=account,
        )
        for number, (first, last, city) in enumerate(values)
    )
    field = CustomField.objects.get()
    FieldValue.objects.bulk_create(
        FieldValue(contact=one, field=field, text=storable(city, 2_000))
        for one, (_, _, city) in zip(made, values, strict=True)
    )
    Subscription.objects.bulk_create(Subscription(contact=one, list=mailing_list, status="active") for one in made)


SUBJECT = "{{ contact.first_name }} & {{ contact.fields.plan | default: 'you' }}"
HTML = (
    "<p title='{{ contact.city }}'>Hello {{ contact.first_name }} {{ contact.last_name }} of {{ account.name }}</p>"
    "{% if contact.city %}<i>{{ contact.city }}</i>{% endif %}<pre>\n{{ contact.fields.plan }}\n</pre>"
    "<a href='https://a.example/{{ contact.last_name }}?q={{ contact.city | url_encode }}'>{{ contact.city }}</a>"
    "<a href='{{ contact.last_name }}'>x</a><p>{{ sender.company }} {{ list.name }}</p>"
)


def campaign(values: list[tuple[str, str, str]], sender: str) -> int:
    """A campaign to hostile people of a hostile list from a hostile sender."""
    mailing_list = MailingList.objects.create(name=storable(sender, 100) + uuid4().hex[:8])
    people(values, mailing_list)
    organization(sender)
    given = {
        "subject": SUBJECT,
        "html": HTML,
        "preheader": "{{ contact.last_name }}",
        "from_name": storable(sender, 200),
    }
    mailing = Mailing.objects.create(purpose="marketing", origin="campaign", from_email="news@example.com", **given)
    return blasts.queue(mailing, mailing_list)


def sent(server: SmtpServer, lane: str) -> list[str]:
    """Send what waits; returns what is wrong with what arrived, and forgets it."""
    server.received.clear()
    drain_lane(lane)
    return faults_of(server.witnessed())


def arrived(server: SmtpServer) -> int:
    return len(server.received)


def triples(pool: list[str]) -> list[tuple[str, str, str]]:
    """Each text in each place."""
    return [(one, pool[number - 7], pool[number - 13]) for number, one in enumerate(pool)]


def test_every_naughty_string_in_every_field_of_a_campaign(server: SmtpServer) -> None:
    pool = [*HOSTILE, *NAUGHTY]
    count = campaign(triples(pool), "=?utf-8?q?News=0D=0ABcc=3A_evil=40evil.test?=")
    assert sent(server, "campaign") == []
    assert arrived(server) == count == len(pool)
    assert not Message.objects.exclude(state="sent").exists()


class Crowd(list[tuple[str, str, str]]):
    """Names, last names and cities; shown in short, since a failure says which of them it was."""

    def __repr__(self) -> str:
        return f"<{len(self)} people>"


@given(st.lists(st.tuples(texts, texts, texts), min_size=PEOPLE, max_size=PEOPLE).map(Crowd), texts)
# A failure says whose message was wrong; to look for a smaller one would send for minutes.
@of(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_field_breaks_a_campaign(server: SmtpServer, values: Crowd, sender: str) -> None:
    count = campaign(values, sender)
    faults = sent(server, "campaign")
    numbers = {int(found[1]) for fault in faults if (found := re.search(r"p(\d+)-[0-9a-f]{8}@", fault))}
    assert faults == [], [values[number] for number in numbers]
    assert arrived(server) == count


def test_hostile_templates_are_refused_in_words_or_sent_right(server: SmtpServer) -> None:
    mailing_list = blasts.make_list()
    people([("Ada", "Lovelace", "London")], mailing_list)
    queued, words = 0, [""]
    for text in [*HOSTILE, *NAUGHTY[::12]]:
        text = storable(text, 9_000)
        given = {"subject": text[:400], "html": f"<p>{text}</p>", "from_name": text[:200], "preheader": text[:400]}
        try:
            queued += blasts.queue(blasts.make_mailing(**given), mailing_list)
        except MailingInvalid as refused:
            words.append(str(refused))
    assert sent(server, "campaign") == []
    assert arrived(server) == queued > 20
    assert all(words[1:])


def test_hostile_facts_in_transactional_mail(server: SmtpServer) -> None:
    for number, text in enumerate([*HOSTILE, *NAUGHTY[::6], "nul\x00 \ud800"]):
        context = {"email": text, "url": f"https://crm.example.org/{text}", "name": text, "when": text}
        send_transactional(template="password-reset", to=f"t{number}@example.com", context=context, by=None)
    assert sent(server, "transactional") == []
    assert arrived(server) == number + 1


def test_hostile_words_of_a_person_to_a_person(server: SmtpServer) -> None:
    organization("1 High Street")
    tried, words = 0, [""]
    for number, text in enumerate([*HOSTILE, *NAUGHTY[::12]]):
        user = User.objects.create(email=f"u{number}@example.com", first_name=storable(text), role="sales")
        contact = Contact.objects.create(email=f"c{number}@example.com", first_name=storable(text), last_name="x")
        subject, html = storable(text, 300), f"<div>{storable(text, 9_000)}</div>"
        try:
            send_one_to_one(user=user, contact=contact, subject=subject or "x", html=html, by=user)
            tried += 1
        except (MailingInvalid, ValuesMissingError) as refused:
            words.append(str(refused))
    assert sent(server, "one_to_one") == []
    assert arrived(server) == tried > 20
    assert all(words[1:])


def test_hostile_addresses_are_refused_or_sent_right(server: SmtpServer) -> None:
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Hello", html="<p>Hi</p>")
    odd = [
        '"a b"@example.com',
        "a..b@example.com",
        "zoë@bücher.example",
        "用户@例え.example",
        '"<x>"@example.com',
        "a'b@example.com",
    ]
    for text in [*HOSTILE, *NAUGHTY[::6]]:
        odd += [storable(text, 200), storable(text, 60) + "@example.com", "a@" + storable(text, 200)]
    for address in filter(None, odd):
        queue_message(mailing=mailing, address=address[:254], to_name=address[:200], lane="transactional", by=None)
    assert sent(server, "transactional") == []
    states = blasts.states()
    assert set(states) == {"sent", "failed"}
    assert arrived(server) == states["sent"] >= 6
    assert set(Message.objects.filter(state="failed").values_list("reason", flat=True)) == {"not_sendable"}


def test_hostile_names_of_files(server: SmtpServer) -> None:
    """The engine sends no files yet, the builder and the client do."""
    names = [
        *HOSTILE,
        *NAUGHTY,
        "nul\x00.pdf",
        "\ud800.pdf",
        "../../etc/passwd",
        "C:\\aux.txt",
        "a" * 300 + ".pdf",
        "CON",
        "...",
        "a.pdf\u202efdp.exe",
    ]
    server.purpose = "one_to_one"
    settings = SmtpSettings("127.0.0.1", server.port, "none")
    with SmtpClient(settings) as client:
        for number, name in enumerate(names):
            file = Attachment(name, name, b"%PDF-1.7 \xff")
            facts: dict[str, Any] = {
                "attachments": (file, file),
                "message_id": f"{number}@example.com",
                "to_name": name,
            }
            raw = built(compiled(purpose="one_to_one", subject="x{{ contact.first_name }}"), **facts)
            assert client.send(Envelope("grace@example.com", ("ada@example.com",), raw)).outcome == "accepted"
    assert faults_of(server.witnessed()) == []
    assert arrived(server) == len(names)
    for received in server.received[-8:]:
        for file_part in message_from_bytes(received.raw, policy=modern).iter_attachments():
            assert file_part.get_content() == b"%PDF-1.7 \xff"
            assert file_part.get_filename() == clean_header_value(file_part.get_filename() or "")


def test_hostile_words_of_a_server_are_kept_as_far_as_they_can_be() -> None:
    answer = "550 5.1.1 no \x00 \x1b[31m \u2028 \u202e user <script>"
    refused = [MAIL, ("RCPT", answer), ("DATA", "503 5.5.1 No recipients")]
    with scripted([GREETING, EHLO, *refused, ("RSET", "250 OK"), *refused]) as server:
        blasts.smtp_provider(server, max_connections=1)
        mailing = blasts.blast(2)
        drain_lane("campaign")
        close_desks()
    assert blasts.states(mailing) == {"failed": 2}
    assert Message.objects.filter(mailing=mailing)[0].error.split() == [
        "550",
        "5.1.1",
        "no",
        "[31m",
        "user",
        "<script>",
    ]


def test_hostile_words_and_ids_of_a_providers_api(monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(self: Postmark, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        bad = {"ErrorCode": 406, "Message": "no \x00 \ud800 user"}
        good = {"ErrorCode": 0, "Message": "OK", "SubmittedAt": "2026-01-01T00:00:00Z"}
        return 200, [good | {"MessageID": f"{one}\x00\ud800"} if taken else bad for one, taken in outcomes]

    monkeypatch.setattr(Postmark, "reply", reply)
    simulator = EspSimulator("postmark")
    simulator.provider()
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "ada@example.com", "bad@example.com")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    simulator.stop()
    assert Message.objects.get(state="failed").error == "no user (error 406)"
    assert Message.objects.get(state="sent").provider_message_id.startswith("postmark-")


def test_hostile_names_in_what_a_providers_api_is_given() -> None:
    simulator = EspSimulator("postmark")
    simulator.provider()
    CustomField.objects.create(key="plan", label="Plan", kind="text")
    count = campaign(triples(HOSTILE), HOSTILE[5])
    drain_lane("campaign")
    simulator.stop()
    assert payload_faults(simulator.messages) == []
    assert len(simulator.messages) == count
