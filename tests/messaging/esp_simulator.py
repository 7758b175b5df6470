"""A provider's HTTP API on loopback: takes single and batch calls as the real one does, and fails as it is told.

`faults` are used up one a call, in order; without any, calls succeed:
    503, 429 …          that status with the provider's own error; a tuple adds header fields:
                        (429, {"Retry-After": "9"})
    "gateway"           502 with a page
    "cut before"        the connection ends before anything was taken
    "cut after"         everything is taken, and the connection ends without an answer
    "silent after"      everything is taken, and no answer comes until the test ends
    "nonsense"          everything is taken, and the answer cannot be read
    "whole"             422 for the whole call whenever a message of it is bad
A recipient whose name begins with `bad` is refused. `accepted` counts messages by recipient.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from messaging.models import Provider
from messaging.secrets import seal
from tests.fixtures.wire import watch_faults
from tests.messaging.esp_payloads import payload_faults

Fault = Any
SERVER_ERROR = {"ErrorCode": 100, "Message": "Maintenance", "message": "maintenance", "name": "application_error"}


class Dialect(ABC):
    """How one provider is spoken to."""

    secrets: ClassVar[dict[str, str]]

    @abstractmethod
    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        """The messages of a call, in order."""

    @abstractmethod
    def address(self, message: dict[str, Any]) -> str:
        """To whom one is."""

    @abstractmethod
    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        """The answer to a call: (id, taken) for each message."""

    def key(self, headers: Any, call: Any) -> str:
        """The idempotency key, where there is one."""
        return ""

    def known(self, same: bool, first: tuple[int, Any]) -> tuple[int, Any]:
        """The answer to a call whose key was used before."""
        return first


class Postmark(Dialect):
    secrets: ClassVar[dict[str, str]] = {"server_token": "token"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        assert path == "/email/batch"
        assert len(call) <= 500
        return list(call)

    def address(self, message: dict[str, Any]) -> str:
        return _bare(message["To"])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        good = {"ErrorCode": 0, "Message": "OK", "SubmittedAt": "2026-01-01T00:00:00Z"}
        bad = {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."}
        return 200, [good | {"MessageID": one} if taken else bad for one, taken in outcomes]


class Resend(Dialect):
    secrets: ClassVar[dict[str, str]] = {"api_key": "key"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        if path == "/emails":
            return [call]
        assert path == "/emails/batch"
        assert len(call) <= 100
        assert not any("attachments" in one for one in call)
        return list(call)

    def address(self, message: dict[str, Any]) -> str:
        return _bare(message["to"][0])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        if path == "/emails":
            return 200, {"id": outcomes[0][0]}
        taken = [{"id": one} for one, good in outcomes if good]
        errors = [{"index": at, "message": "Invalid `to` field."} for at, (_, good) in enumerate(outcomes) if not good]
        return 200, {"data": taken, **({"errors": errors} if errors else {})}

    def key(self, headers: Any, call: Any) -> str:
        assert headers["x-batch-validation"] == "permissive"
        return str(headers["Idempotency-Key"])

    def known(self, same: bool, first: tuple[int, Any]) -> tuple[int, Any]:
        return first if same else (409, {"name": "invalid_idempotent_request", "message": "another body"})


class Mailjet(Dialect):
    secrets: ClassVar[dict[str, str]] = {"api_key": "key", "secret_key": "secret"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        assert path == "/send"
        assert len(call["Messages"]) <= 50
        return list(call["Messages"])

    def address(self, message: dict[str, Any]) -> str:
        return str(message["To"][0]["Email"])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        error = {"ErrorCode": "mj-0013", "StatusCode": 400, "ErrorMessage": "is an invalid email address."}
        said = [
            {"Status": "success", "To": [{"Email": "x", "MessageID": one, "MessageUUID": "u"}]}
            if taken
            else {"Status": "error", "Errors": [error]}
            for one, taken in outcomes
        ]
        return (200 if all(taken for _, taken in outcomes) else 400), {"Messages": said}


class Mailtrap(Dialect):
    secrets: ClassVar[dict[str, str]] = {"api_token": "token"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        assert path == "/batch"
        assert len(call["requests"]) <= 500
        return list(call["requests"])

    def address(self, message: dict[str, Any]) -> str:
        return str(message["to"][0]["email"])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        said = [
            {"success": True, "message_ids": [one]} if taken else {"success": False, "errors": ["'to' is invalid"]}
            for one, taken in outcomes
        ]
        return 200, {"success": True, "responses": said}


class Brevo(Dialect):
    """All or none: a bad one spoils the call."""

    secrets: ClassVar[dict[str, str]] = {"api_key": "key"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        assert path == "/smtp/email"
        return list(call.get("messageVersions") or [call])

    def address(self, message: dict[str, Any]) -> str:
        return str(message["to"][0]["email"])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        if not all(taken for _, taken in outcomes):
            return 400, {"code": "invalid_parameter", "message": "email is not valid in to"}
        return 201, {"messageIds": [one for one, _ in outcomes]}

    def key(self, headers: Any, call: Any) -> str:
        return str(call["headers"]["idempotencyKey"])

    def known(self, same: bool, first: tuple[int, Any]) -> tuple[int, Any]:
        return 400, {"code": "duplicate_parameter", "message": "the key was used"}


class SparkPost(Dialect):
    """One message a call."""

    secrets: ClassVar[dict[str, str]] = {"api_key": "key"}

    def messages(self, path: str, call: Any) -> list[dict[str, Any]]:
        assert path.startswith("/transmissions")
        return [call]

    def address(self, message: dict[str, Any]) -> str:
        return _bare(message["recipients"][0]["address"]["email"])

    def reply(self, path: str, outcomes: list[tuple[str, bool]]) -> tuple[int, Any]:
        ((one, taken),) = outcomes
        if not taken:
            return 400, {"errors": [{"message": "Invalid recipient address", "code": "5002"}]}
        return 200, {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": one}}


DIALECTS: dict[str, Dialect] = {
    "postmark": Postmark(),
    "resend": Resend(),
    "mailjet": Mailjet(),
    "mailtrap": Mailtrap(),
    "brevo": Brevo(),
    "sparkpost": SparkPost(),
}


class EspSimulator:
    """A running one. Stop it at the end of the test."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.dialect = DIALECTS[kind]
        self.accepted: Counter[str] = Counter()
        self.messages: list[dict[str, Any]] = []
        # How many messages each call held.
        self.calls: list[int] = []
        self.faults: list[Fault] = []
        # Body and answer of each call that was made under a key.
        self._keys: dict[str, tuple[str, tuple[int, Any]]] = {}
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._number = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        watch_faults(lambda: payload_faults(self.messages))
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def provider(self, **changes: Any) -> Provider:
        """It, as an administrator would have entered it."""
        url = f"http://127.0.0.1:{self.server.server_port}/"
        facts = {"name": self.kind, "kind": self.kind, "config": {"api_url": url}, "max_connections": 2}
        return Provider.objects.create(**(facts | {"secrets": seal(self.dialect.secrets)} | changes))

    def stop(self) -> None:
        """Let whoever waits go, and close the port."""
        self._released.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, path: str, headers: Any, body: str) -> tuple[int, dict[str, str], Any] | None:
        """What a call is answered; None for no answer at all."""
        call = json.loads(body)
        with self._lock:
            found = self.dialect.messages(path, call)
            self.calls.append(len(found))
            fault = self.faults.pop(0) if self.faults else ""
            if fault == "cut before":
                return None
            if fault == "gateway":
                return 502, {}, "<html>Bad gateway</html>"
            if isinstance(fault, (int, tuple)):
                status, more = fault if isinstance(fault, tuple) else (fault, {})
                return status, more, SERVER_ERROR
            status, said = self._taken(path, headers, body, call, found, is_strict=fault == "whole")
        if fault == "silent after":
            self._released.wait(60)
        if fault in ("cut after", "silent after"):
            return None
        return status, {}, "nonsense" if fault == "nonsense" else said

    def _taken(
        self, path: str, headers: Any, body: str, call: Any, found: list[dict[str, Any]], *, is_strict: bool
    ) -> tuple[int, Any]:
        key = self.dialect.key(headers, call)
        if key and key in self._keys:
            first_body, first = self._keys[key]
            return self.dialect.known(first_body == body, first)
        outcomes = [(self._id(), not self.dialect.address(one).startswith("bad")) for one in found]
        if is_strict and not all(taken for _, taken in outcomes):
            return 422, {"message": "One of them is bad.", "Message": "One of them is bad.", "ErrorCode": 402}
        answer = self.dialect.reply(path, outcomes)
        if answer[0] < 300 or self.kind == "mailjet":
            taken = [one for one, (_, good) in zip(found, outcomes, strict=True) if good]
            self.accepted.update(self.dialect.address(one) for one in taken)
            self.messages += taken
            if key:
                self._keys[key] = (body, answer)
        return answer

    def _id(self) -> str:
        self._number += 1
        return f"{self.kind}-{self._number}"


def _handler(simulator: EspSimulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = simulator.take(self.path, self.headers, body)
            if answer is None:
                self.close_connection = True
                return
            status, headers, said = answer
            data = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip(">")
