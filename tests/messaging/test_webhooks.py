"""What providers report: verified, kept, applied once, in any order to the same end."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import pytest
from django.test import Client

from contacts.actions.lists import subscribe
from contacts.models import Activity, MailingList, Subscription
from messaging.applying import apply_fresh_events, match_late_events
from messaging.models import MailingStats, Message, Provider, ProviderEvent, Suppression
from messaging.secrets import seal
from messaging.webhook_addresses import webhook_url
from tests.messaging.outbox_rows import make_mailing, make_message

pytestmark = pytest.mark.django_db

# As Postmark's documentation gives them, shortened to what matters and what must not matter.
DELIVERY = {"RecordType": "Delivery", "DeliveredAt": "2026-11-02T09:01:00Z", "Details": "250 2.0.0 OK", "Tag": ""}
HARD = {
    "RecordType": "Bounce",
    "ID": 4323372036854775807,
    "Type": "HardBounce",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "smtp;550 5.1.1 no such user",
    "BouncedAt": "2026-11-02T09:05:00Z",
}
SOFT = {**HARD, "ID": 99, "Type": "SoftBounce", "Details": "smtp;552 5.2.2 mailbox full", "Description": "Soft."}
COMPLAINT = {
    "RecordType": "SpamComplaint",
    "ID": 42,
    "Type": "SpamComplaint",
    "Details": "",
    "BouncedAt": "2026-11-02T10:00:00Z",
}
OPEN = {
    "RecordType": "Open",
    "ReceivedAt": "2026-11-02T09:30:00Z",
    "UserAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
}
UNSUBSCRIBED = {
    "RecordType": "SubscriptionChange",
    "ChangedAt": "2026-11-02T09:40:00Z",
    "SuppressSending": True,
    "SuppressionReason": "ManualSuppression",
}


@pytest.fixture
def postmark() -> Provider:
    return Provider.objects.create(name="Postmark", kind="postmark", secrets=seal({"server_token": "test-token"}))


@pytest.fixture
def message(postmark: Provider) -> Message:
    """A campaign's message to Ada that Postmark has taken. She is on a list."""
    sent = make_message(provider=postmark, provider_message_id="883953f4-6105-42a2-a16a-77a8eac79483")
    MailingStats.objects.filter(mailing=sent.mailing).update(sent=1, recipients=1)
    assert sent.contact is not None
    subscribe(contact=sent.contact, mailing_list=MailingList.objects.create(name="News"), by=None, source="t")
    return sent


def post(client: Client, provider: Provider, report: dict[str, Any], message: Message | None = None) -> int:
    """Post a report about a message as Postmark does; returns the status."""
    facts: dict[str, Any] = {"MessageID": message.provider_message_id, "Recipient": message.address} if message else {}
    path = webhook_url(provider).removeprefix("http://testserver")
    answer = client.post(path, json.dumps({**facts, **report}), content_type="application/json")
    return int(answer.status_code)


def standing(message: Message) -> tuple[object, ...]:
    """Everything that reports may change."""
    message.refresh_from_db()
    stats = MailingStats.objects.get(mailing=message.mailing_id)
    figures = (stats.sent, stats.delivered, stats.bounced_hard, stats.bounced_soft, stats.complained, stats.failed)
    kinds = sorted(Suppression.objects.values_list("kind", flat=True))
    marks = (message.state, message.bounce_kind, bool(message.delivered_at), bool(message.complained_at))
    return (*marks, bool(message.unsubscribed_at), figures, kinds)


def test_a_delivery_is_marked(client: Client, postmark: Provider, message: Message) -> None:
    assert post(client, postmark, DELIVERY, message) == 200
    apply_fresh_events()
    message.refresh_from_db()
    assert message.state == "delivered"
    assert MailingStats.objects.get(mailing=message.mailing_id).delivered == 1


def test_a_hard_bounce_stops_mail_to_the_address(client: Client, postmark: Provider, message: Message) -> None:
    post(client, postmark, HARD, message)
    apply_fresh_events()
    message.refresh_from_db()
    assert message.bounce_kind == "hard"
    assert Suppression.objects.get().kind == "hard_bounce"
    assert Subscription.objects.get().status == "bounced"
    assert Activity.objects.filter(kind="email.bounced", contact=message.contact_id).count() == 1


def test_a_full_mailbox_is_no_dead_address(client: Client, postmark: Provider, message: Message) -> None:
    post(client, postmark, SOFT, message)
    apply_fresh_events()
    message.refresh_from_db()
    assert message.bounce_kind == "soft"
    assert not Suppression.objects.exists()
    assert Subscription.objects.get().status == "active"


def test_a_complaint_ends_all_mail(client: Client, postmark: Provider, message: Message) -> None:
    post(client, postmark, COMPLAINT, message)
    apply_fresh_events()
    assert Suppression.objects.get().kind == "complaint"
    assert Subscription.objects.get().status == "unsubscribed"
    assert MailingStats.objects.get(mailing=message.mailing_id).complained == 1


@pytest.mark.parametrize("order", list(itertools.permutations([DELIVERY, SOFT, HARD, COMPLAINT]))[::3])
def test_reports_in_any_order_and_twice_come_to_the_same_end(
    client: Client, postmark: Provider, message: Message, order: tuple[dict[str, Any], ...]
) -> None:
    for report in (*order, *order):
        post(client, postmark, report, message)
        apply_fresh_events()
    assert standing(message) == (
        "sent",
        "hard",
        False,
        True,
        False,
        (1, 0, 1, 0, 1, 0),
        ["complaint", "hard_bounce"],
    )


def test_the_same_report_twice_is_one(client: Client, postmark: Provider, message: Message) -> None:
    for _ in range(3):
        assert post(client, postmark, DELIVERY, message) == 200
    assert ProviderEvent.objects.count() == 1


def test_an_unsubscription_at_the_provider_is_ours_too(client: Client, postmark: Provider, message: Message) -> None:
    post(client, postmark, UNSUBSCRIBED, message)
    apply_fresh_events()
    assert Subscription.objects.get().status == "unsubscribed"


def test_a_forged_report_is_refused_and_leaves_no_trace(client: Client, postmark: Provider, message: Message) -> None:
    path = webhook_url(postmark).removeprefix("http://testserver")
    forged = path[:-3] + ("0/" if path[-2] != "0" else "1/")
    answers = [
        client.post(forged, json.dumps(HARD), content_type="application/json"),
        client.post(path.replace(f"/{postmark.pk}/", f"/{postmark.pk + 1}/"), "{}", content_type="application/json"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert not ProviderEvent.objects.exists()


def test_a_report_that_nobody_understands_is_kept_and_taken(client: Client, postmark: Provider) -> None:
    path = webhook_url(postmark).removeprefix("http://testserver")
    assert client.post(path, "not json \0 at all", content_type="application/json").status_code == 200
    assert post(client, postmark, {"RecordType": "SomethingNew", "MessageID": "x"}) == 200
    assert ProviderEvent.objects.count() == 2
    apply_fresh_events()
    assert not ProviderEvent.objects.filter(applied_at=None).exists()


def test_a_report_that_comes_before_its_message_is_matched_later(
    client: Client, postmark: Provider, message: Message
) -> None:
    theirs, message.provider_message_id = message.provider_message_id, "not-known-yet"
    message.save(update_fields=["provider_message_id"])
    early = {**DELIVERY, "MessageID": theirs, "Recipient": message.address}
    post(client, postmark, early)
    assert apply_fresh_events() == 0
    Message.objects.filter(pk=message.pk).update(provider_message_id=theirs)
    assert match_late_events() == 1
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_report_is_matched_by_our_own_number_too(client: Client, postmark: Provider, message: Message) -> None:
    post(client, postmark, {**DELIVERY, "Recipient": message.address, "Metadata": {"relay": str(message.pk)}})
    apply_fresh_events()
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_number_of_somebody_elses_message_is_not_believed(
    client: Client, postmark: Provider, message: Message
) -> None:
    post(client, postmark, {**HARD, "Email": "mallory@example.com", "Metadata": {"relay": str(message.pk)}})
    apply_fresh_events()
    message.refresh_from_db()
    assert message.bounced_at is None


def test_a_message_that_is_still_being_handed_over_is_not_overtaken(
    client: Client, postmark: Provider, message: Message
) -> None:
    Message.objects.filter(pk=message.pk).update(state="sending")
    post(client, postmark, DELIVERY, message)
    assert apply_fresh_events() == 0
    Message.objects.filter(pk=message.pk).update(state="sent")
    assert match_late_events() == 1


def test_an_uncertain_message_that_was_delivered_is_certain(
    client: Client, postmark: Provider, message: Message
) -> None:
    Message.objects.filter(pk=message.pk).update(state="uncertain", sent_at=None)
    MailingStats.objects.filter(mailing=message.mailing_id).update(sent=0, uncertain=1)
    post(client, postmark, DELIVERY, message)
    apply_fresh_events()
    message.refresh_from_db()
    stats = MailingStats.objects.get(mailing=message.mailing_id)
    assert (message.state, stats.sent, stats.uncertain, stats.delivered) == ("delivered", 1, 0, 1)


@pytest.mark.parametrize(("own_pixel", "opens"), [(True, 0), (False, 1)])
def test_a_providers_open_counts_only_where_we_have_no_pixel(
    client: Client, postmark: Provider, own_pixel: bool, opens: int
) -> None:
    message = make_message(
        mailing=make_mailing(track_opens=own_pixel),
        provider=postmark,
        provider_message_id="abc",
        sent_at="2026-11-02T09:00:00Z",
    )
    post(client, postmark, OPEN, message)
    apply_fresh_events()
    message.refresh_from_db()
    assert message.open_count == opens


def test_a_provider_that_signs_is_checked(client: Client) -> None:
    secrets = {"api_key": "key-1", "webhook_signing_key": "signing-key"}
    mailgun = Provider.objects.create(name="Mailgun", kind="mailgun", secrets=seal(secrets))
    message = make_message(provider=mailgun, provider_message_id="20261102.1@mg.example.com")
    now = str(int(time.time()))
    signed = hmac.new(b"signing-key", f"{now}token".encode(), hashlib.sha256).hexdigest()
    signature = {"timestamp": now, "token": "token", "signature": signed}
    report: dict[str, Any] = {
        "signature": signature,
        "event-data": {
            "event": "delivered",
            "id": "W3X4JOhFT-OZidZGKKr9iA",
            "timestamp": 1793610000.5,
            "recipient": message.address,
            "message": {"headers": {"message-id": "20261102.1@mg.example.com"}},
        },
    }
    forged = {**report, "signature": {**signature, "token": "other"}}
    assert post(client, mailgun, forged) == 403
    assert not ProviderEvent.objects.exists()
    assert post(client, mailgun, report) == 200
    apply_fresh_events()
    message.refresh_from_db()
    assert message.state == "delivered"
