"""Providers' real requests, and forged ones: each means what it says, or is refused (samples/webhooks.jsonl).

The requests are django-anymail's test cases, with the events they mean (BSD-3, samples/webhooks-LICENSE.txt).
Basic authentication has its counterpart in the secret of our address. Signatures over the address or the time
are made anew, since ours is another address, and old ones are refused; the forged ones stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client
from django.utils.dateparse import parse_datetime

from messaging.models import Provider, ProviderEvent
from messaging.secrets import seal
from messaging.webhook_addresses import webhook_url

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent / "samples" / "webhooks.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
KINDS = {row["esp"]: row["esp"].lower().replace(" ", "_") for row in ROWS}
SVIX = "whsec_" + base64.b64encode(b"a key of our own").decode()
# As anymail's test cases have them.
SECRETS: dict[str, dict[str, str]] = {
    "mailgun": {"api_key": "TEST_API_KEY", "webhook_signing_key": "TEST_WEBHOOK_SIGNING_KEY"},
    "mailersend": {"api_token": "t", "signing_secret": "TEST_WEBHOOK_SIGNING_SECRET"},
    "mandrill": {"api_key": "k", "webhook_key": "TEST_WEBHOOK_KEY"},
    "resend": {"api_key": "k", "signing_secret": SVIX},
    "unisender_go": {"api_key": "TEST_API_KEY"},
}
# The signing key is another one there.
OTHER_SECRETS = {"test_defaults_webhook_signing_to_api_key": {"webhook_signing_key": ""}}
RESIGNED = ("MailerSendInboundSettingsTestCase", "MailerSendWebhookSettingsTestCase")
# Signed by a key that nobody but its owner has.
UNSIGNABLE = {"test_actual_signed_payload"}


class Request(NamedTuple):
    body: bytes
    headers: dict[str, str]


@cache
def postal_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def provider_of(row: Mapping[str, Any]) -> Provider:
    kind = KINDS[row["esp"]]
    secrets = dict(SECRETS.get(kind, {"api_key": "k"}))
    for name, other in OTHER_SECRETS.items():
        if name in row["test"]:
            secrets |= other
    if kind == "postal":
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        secrets["webhook_key"] = postal_key().public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    return Provider.objects.create(name=kind, kind=kind, config={}, secrets=seal(secrets))


def request_of(row: Mapping[str, Any], provider: Provider) -> Request:
    """The request as this provider would have made it to our address, now."""
    headers = {name: value for name, value in row["headers"].items() if name not in ("CONTENT_LENGTH", "HTTP_COOKIE")}
    sent = Request(row["body"].encode(), headers)
    if "signature" in row["test"].rpartition(".")[2]:
        return sent  # it is about theirs
    if any(name in row["test"] for name in RESIGNED):
        value = hmac.new(b"TEST_WEBHOOK_SIGNING_SECRET", sent.body, hashlib.sha256).hexdigest()
        return sent._replace(headers=headers | {"HTTP_SIGNATURE": value})
    return SIGN.get(provider.kind, lambda one, _: one)(sent, provider)


def signed_by_mailgun(sent: Request, provider: Provider) -> Request:
    now = str(int(time.time()))
    text = sent.body.decode()
    if sent.headers["CONTENT_TYPE"] == "application/json":
        call = json.loads(text)
        token = call["signature"]["token"]
        old = call["signature"]["timestamp"], call["signature"]["signature"]
        key = next(one for one in KEYS if _hmac(one, f"{old[0]}{token}") == old[1])
        call["signature"] |= {"timestamp": now, "signature": _hmac(key, now + token)}
        return sent._replace(body=json.dumps(call).encode())
    token = re.findall(r'name="token"\r?\n\r?\n(.*?)\r?\n', text)[-1]
    # The last of a name counts: a report may hold facts of ours under the same names before it.
    text = _last_replaced(text, "timestamp", now)
    text = _last_replaced(text, "signature", _hmac(KEYS[0], now + token))
    return sent._replace(body=text.encode())


KEYS = (b"TEST_WEBHOOK_SIGNING_KEY", b"TEST_API_KEY")


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _last_replaced(text: str, name: str, value: str) -> str:
    found = list(re.finditer(rf'(name="{name}"\r?\n\r?\n)(.*?)(\r?\n)', text))[-1]
    return text[: found.start(2)] + value + text[found.end(2) :]


def signed_by_mandrill(sent: Request, provider: Provider) -> Request:
    fields = dict(re.findall(r'name="([^"]+)"\r?\n\r?\n(.*?)\r?\n--BoUnDaRyStRiNg', sent.body.decode(), re.DOTALL))
    signed = webhook_url(provider) + "".join(name + fields[name] for name in sorted(fields))
    value = base64.b64encode(hmac.new(b"TEST_WEBHOOK_KEY", signed.encode(), hashlib.sha1).digest()).decode()
    return sent._replace(headers=sent.headers | {"HTTP_X_MANDRILL_SIGNATURE": value})


def signed_by_postal(sent: Request, provider: Provider) -> Request:
    value = base64.b64encode(postal_key().sign(sent.body, padding.PKCS1v15(), hashes.SHA1())).decode()
    return sent._replace(headers=sent.headers | {"HTTP_X_POSTAL_SIGNATURE": value})


def signed_by_resend(sent: Request, provider: Provider, *, at: float | None = None) -> Request:
    now = str(int(time.time() if at is None else at))
    signed = f"{sent.headers['HTTP_SVIX_ID']}.{now}.".encode() + sent.body
    value = base64.b64encode(hmac.new(b"a key of our own", signed, hashlib.sha256).digest()).decode()
    signature = f"v1,b2xk v1,{value}"
    return sent._replace(headers=sent.headers | {"HTTP_SVIX_TIMESTAMP": now, "HTTP_SVIX_SIGNATURE": signature})


SIGN = {
    "mailgun": signed_by_mailgun,
    "mandrill": signed_by_mandrill,
    "postal": signed_by_postal,
    "resend": signed_by_resend,
}


def post(client: Client, sent: Request, path: str, method: str = "POST") -> int:
    kind = sent.headers.get("CONTENT_TYPE", "application/json")
    more = {name: value for name, value in sent.headers.items() if name.startswith("HTTP_")}
    return int(client.generic(method, path, sent.body, content_type=kind, **more).status_code)  # type: ignore[arg-type]


def name_of(row: Mapping[str, Any]) -> str:
    return ".".join(row["test"].split(".")[-2:])


def is_about_login(row: Mapping[str, Any]) -> bool:
    """Refused for its basic authentication, whose place our address' secret has."""
    return row["status"] == 401 or any(
        name in row["test"] for name in ("test_verifies_missing_auth", "test_supports_credential_rotation")
    )


ACCEPTED = [row for row in ROWS if row["status"] == 200 and not any(name in row["test"] for name in UNSIGNABLE)]
REFUSED = [row for row in ROWS if row["status"] in ("AnymailWebhookValidationFailure", 401)]
MISTAKEN = [row for row in ROWS if row["status"] == "AnymailConfigurationError"]


@pytest.mark.parametrize("row", ACCEPTED, ids=name_of)
def test_a_request_is_kept_as_the_events_it_means(client: Client, row: dict[str, Any]) -> None:
    provider = provider_of(row)
    sent = request_of(row, provider)
    path = webhook_url(provider).removeprefix("http://testserver")
    assert post(client, sent, path, row["method"]) == 200
    # Again: nothing more.
    assert post(client, sent, path, row["method"]) == 200

    found = list(ProviderEvent.objects.order_by("pk"))
    tracked = [event for event in row["events"] if event["kind"] == "tracking"]
    if any(event["kind"] == "inbound" for event in row["events"]):
        # Mail that came in, at the address for reports: kept, and means nothing there.
        assert [one.kind for one in found] == ["unknown"]
        return
    assert len(found) == len(tracked)
    for one, event in zip(found, tracked, strict=True):
        assert one.kind == event["event_type"]
        assert one.address == (event["recipient"] or "")
        assert one.provider_message_id == (event["message_id"] or "")
        if "MailgunLegacy" not in row["test"]:  # there the time that is signed is the event's
            assert one.occurred_at == (parse_datetime(event["timestamp"]) if event["timestamp"] else None)
        assert one.payload["reject_reason"] == (event["reject_reason"] or "")
        for words in (event["description"], event["mta_response"]):
            assert " ".join((words or "").split()) in " ".join(one.payload["words"].split())
        assert one.payload["url"] == (event["click_url"] or "")
        assert one.payload["agent"] == (event["user_agent"] or "")
        if event["event_id"]:
            assert str(event["event_id"]) in one.event_id


@pytest.mark.parametrize("row", REFUSED, ids=name_of)
def test_a_forged_request_is_refused_logged_and_leaves_no_trace(
    client: Client, row: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    provider = provider_of(row)
    sent = request_of(row, provider)
    path = webhook_url(provider).removeprefix("http://testserver")
    if is_about_login(row):
        path = path[:-5] + "xxxx/"
    assert post(client, sent, path) in (403, 404)
    assert not ProviderEvent.objects.exists()
    assert "webhook_forged" in caplog.text


@pytest.mark.parametrize("row", MISTAKEN, ids=name_of)
def test_what_came_to_the_wrong_address_is_kept_and_answered(client: Client, row: dict[str, Any]) -> None:
    provider = provider_of(row)
    path = webhook_url(provider).removeprefix("http://testserver")
    assert post(client, request_of(row, provider), path) == 200
    assert {one.kind for one in ProviderEvent.objects.all()} <= {"unknown", "sent"}


def test_every_request_of_the_collection_is_run() -> None:
    named = [name_of(row) for row in (*ACCEPTED, *REFUSED, *MISTAKEN)]
    left = [name_of(row) for row in ROWS if name_of(row) not in named]
    assert left == ["UnisenderGoWebhookSecurityTestCase.test_actual_signed_payload"]
    assert len(named) == len(ROWS) - 1 == 104


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_report_that_was_signed_long_ago_is_refused(client: Client, seconds: int) -> None:
    row = next(row for row in ROWS if "ResendTestCase.test_hard" in row["test"])
    provider = provider_of(row)
    path = webhook_url(provider).removeprefix("http://testserver")
    old = signed_by_resend(request_of(row, provider), provider, at=time.time() + seconds)
    assert post(client, old, path) == 403
    young = signed_by_resend(old, provider, at=time.time() + seconds / 4)
    changed = young._replace(body=young.body.replace(b"bounced", b"Bounced", 1))
    assert post(client, changed, path) == 403
    assert post(client, young, path) == 200


def test_a_mailgun_report_of_other_days_is_refused(client: Client) -> None:
    row = next(row for row in ROWS if "MailgunTestCase.test_opened" in row["test"])
    provider = provider_of(row)
    path = webhook_url(provider).removeprefix("http://testserver")
    old = Request(row["body"].encode(), {"CONTENT_TYPE": "application/json"})
    assert post(client, old, path) == 403
    assert post(client, request_of(row, provider), path) == 200


NASTY = {
    "no object": "[1, 2]",
    "no json": '{"RecordType": ',
    "nothing": "",
    "deep": "[" * 100_000,
    "nul": json.dumps({"RecordType": "Delivery", "MessageID": "a\0b", "Recipient": "a\0@example.com", "x": "\0"}),
    "half a pair": '{"RecordType": "Delivery", "MessageID": "\\ud800", "Recipient": "a@b.example", "x": "\\ud800"}',
    "no number": '{"RecordType": "Delivery", "MessageID": "a", "Recipient": "a@example.com", "Size": [NaN, -Infinity]}',
    "backslashes": json.dumps({"RecordType": "Delivery", "MessageID": "a", "Recipient": "a@b.example", "x": "\\u0000"}),
    "no time": json.dumps({"RecordType": "Delivery", "MessageID": "a", "DeliveredAt": "9999-99-99"}),
    "no facts": json.dumps({"RecordType": "Delivery", "MessageID": "a", "Metadata": ["relay"]}),
    "long": json.dumps(
        {"RecordType": "Delivery", "MessageID": "a" * 9000, "Recipient": "b" * 9000, "x": "y" * 3_000_000}
    ),
    "bytes": "\x80\xff",
}


@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY)
def test_whatever_comes_from_a_provider_is_taken(client: Client, body: str) -> None:
    provider = Provider.objects.create(name="P", kind="postmark", secrets=seal({"server_token": "t"}))
    path = webhook_url(provider).removeprefix("http://testserver")
    sent = Request(body.encode("latin-1") if body == NASTY["bytes"] else body.encode(), {})
    assert post(client, sent, path) == 200
    assert ProviderEvent.objects.count() == 1
