"""Mail through a provider's HTTP API, against a server that answers as Postmark does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from messaging.actions.compose import queue_message
from messaging.models import Attempt, Message, Provider
from messaging.outbox.drain import drain_lane
from messaging.secrets import seal
from tests.messaging import blasts

pytestmark = pytest.mark.django_db(transaction=True)

INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: p0@example.com. "
    "Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)


class Postmark:
    """Its send API, as far as one message at a time needs it; `answer` decides what it says."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, str], Any] = (200, {}, None)
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                simulator.calls.append(call)
                status, headers, body = simulator.answer
                if status == 0:
                    self.connection.close()
                    return
                body = body or {
                    "ErrorCode": 0,
                    "Message": "OK",
                    "MessageID": f"pm-{len(simulator.calls)}",
                    "To": call["To"],
                    "SubmittedAt": "2026-01-01T00:00:00Z",
                }
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def provider(self) -> Provider:
        """It, as an administrator would have entered it."""
        return Provider.objects.create(
            name="Postmark",
            kind="postmark",
            config={"api_url": f"http://127.0.0.1:{self.server.server_port}/"},
            secrets=seal({"server_token": "token"}),
        )


@pytest.fixture
def postmark() -> Iterator[Postmark]:
    simulator = Postmark()
    simulator.provider()
    yield simulator
    simulator.server.shutdown()


def test_broadcast_mail_leaves_by_its_stream_with_our_headers_and_links(postmark: Postmark) -> None:
    blasts.blast(2)
    drain_lane("campaign")
    assert blasts.states() == {"sent": 2}
    call = next(call for call in postmark.calls if "p0@" in call["To"])
    assert call["MessageStream"] == "broadcast"
    assert call["Subject"] == "News for Name0"
    headers = {header["Name"]: header["Value"] for header in call["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    message = Message.objects.get(address="p0@example.com")
    assert message.message_id.hex in headers["Message-ID"]
    assert "Hello Name0" in call["HtmlBody"]
    assert "https://example.com/shop" not in call["HtmlBody"]
    assert message.provider_message_id.startswith("pm-")


def test_transactional_mail_leaves_by_the_other_stream(postmark: Postmark) -> None:
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hi</p>")
    queue_message(mailing=mailing, address="a@b.example", lane="transactional", by=None)
    drain_lane("transactional")
    (call,) = postmark.calls
    assert call["MessageStream"] == "outbound"
    assert not [one for one in call.get("Headers", []) if one["Name"].startswith("List-")]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((422, {}, {"ErrorCode": 406, "Message": INACTIVE}), "failed"),
        ((500, {}, {"ErrorCode": 100, "Message": "Maintenance"}), "deferred"),
        ((429, {"Retry-After": "7200"}, {"ErrorCode": 429, "Message": "Slow down"}), "deferred"),
        ((401, {}, {"ErrorCode": 10, "Message": "Bad token"}), "deferred"),
        ((200, {}, ["nonsense"]), "uncertain"),
        ((0, {}, None), "uncertain"),
    ],
)
def test_what_the_provider_says_decides(postmark: Postmark, answer: Any, state: str) -> None:
    postmark.answer = answer
    blasts.blast(1)
    drain_lane("campaign")
    assert blasts.states() == {state: 1}
    assert Attempt.objects.get().text


def test_a_wish_to_wait_is_granted(postmark: Postmark) -> None:
    postmark.answer = (429, {"Retry-After": "7200"}, {"ErrorCode": 429, "Message": "Slow down"})
    blasts.blast(1)
    drain_lane("campaign")
    message = Message.objects.get()
    assert (message.not_before - message.queued_at).total_seconds() >= 7190


def test_a_provider_that_cannot_work_holds_mail_back_and_says_why() -> None:
    provider = Provider.objects.create(name="Postmark", kind="postmark", config={}, secrets="")
    blasts.blast(1)
    drain_lane("campaign")
    assert blasts.states() == {"queued": 1}
    provider.refresh_from_db()
    assert provider.last_error
