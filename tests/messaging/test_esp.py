"""Mail through a provider's HTTP API, against a server that answers as Postmark does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from messaging.actions.compose import queue_message
from messaging.models import Message, Provider
from messaging.outbox.drain import drain_lane
from tests.messaging import blasts
from tests.messaging.esp_simulator import EspSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postmark() -> Iterator[EspSimulator]:
    simulator = EspSimulator("postmark")
    simulator.provider()
    yield simulator
    simulator.stop()


def test_broadcast_mail_leaves_by_its_stream_with_our_headers_and_links(postmark: EspSimulator) -> None:
    blasts.blast(2)
    drain_lane("campaign")
    assert blasts.states() == {"sent": 2}
    call = next(call for call in postmark.messages if "p0@" in call["To"])
    assert call["MessageStream"] == "broadcast"
    assert call["Subject"] == "News for Name0"
    headers = {header["Name"]: header["Value"] for header in call["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    message = Message.objects.get(address="p0@example.com")
    assert message.message_id.hex in headers["Message-ID"]
    assert "Hello Name0" in call["HtmlBody"]
    assert "https://example.com/shop" not in call["HtmlBody"]
    assert message.provider_message_id.startswith("postmark-")


def test_transactional_mail_leaves_by_the_other_stream(postmark: EspSimulator) -> None:
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hi</p>")
    queue_message(mailing=mailing, address="a@b.example", lane="transactional", by=None)
    drain_lane("transactional")
    (call,) = postmark.messages
    assert call["MessageStream"] == "outbound"
    assert not [one for one in call.get("Headers", []) if one["Name"].startswith("List-")]


def test_a_provider_that_cannot_work_holds_mail_back_and_says_why() -> None:
    provider = Provider.objects.create(name="Postmark", kind="postmark", config={}, secrets="")
    blasts.blast(1)
    drain_lane("campaign")
    assert blasts.states() == {"queued": 1}
    provider.refresh_from_db()
    assert provider.last_error


def test_an_international_address_is_refused_in_words_and_alone(postmark: EspSimulator) -> None:
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "zoë@example.com", "zoe@bücher.example")
    blasts.queue(blasts.make_mailing(), mailing_list)
    drain_lane("campaign")
    refused = Message.objects.get(address="zoë@example.com")
    assert (refused.state, refused.reason) == ("failed", "not_sendable")
    assert "SMTPUTF8" in refused.error
    assert Message.objects.get(state="sent").address == "zoe@bücher.example"
