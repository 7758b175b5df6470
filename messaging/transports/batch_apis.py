"""Providers' calls that take many finished, different messages at once, and their idempotency keys.

What a message looks like is anymail's work; here is how several are put into one call, and what the answer
says of each. The others have none: SendGrid, SparkPost, Mailgun, Mandrill and Amazon SES fan one content
out, MailerSend's is answered later, Postal takes one.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from messaging.transports.base import Answer
from messaging.transports.http_answers import short

MEGABYTE = 1024 * 1024


class BatchApi(ABC):
    """One provider's. A piece is the body of one message as anymail has made it, JSON in text."""

    path: str
    most: int
    # With room for what the other side counts differently.
    most_bytes: int
    takes_attachments = True
    # How long the provider knows a key again; None where it has none.
    key_window: timedelta | None = None

    @abstractmethod
    def body(self, pieces: Sequence[str], key: str) -> str:
        """The body of one call for all these messages."""

    @abstractmethod
    def answers(self, said: Any, count: int) -> list[Answer]:
        """What an answer says of each message. Raises ValueError, TypeError or KeyError where it makes no sense."""

    def single(self, piece: str, key: str) -> str:
        """The body of a call for one message that the batch cannot take."""
        return piece

    def headers(self, key: str) -> dict[str, str]:
        """What to add to the header fields of every call."""
        return {}

    def is_for_each(self, status: int, said: Any) -> bool:
        """Whether this answer speaks of each message."""
        return 200 <= status < 300

    def was_taken(self, status: int, said: Any) -> bool:
        """Whether a refusal means that the call was answered once before."""
        return False

    def is_under_way(self, status: int, said: Any) -> bool:
        """Whether a refusal means that the same call is being worked at."""
        return False

    def is_about_us(self, status: int, said: Any) -> bool:
        """Whether a refusal of the whole is about our account, and not about what it holds."""
        return False


class PostmarkBatch(BatchApi):
    """`/email/batch`: 500 messages, 50 MB; each has an answer of its own, in order."""

    path = "email/batch"
    most = 500
    most_bytes = 45 * MEGABYTE
    # Its error codes that are about our server, account or sender: they pass when somebody mends it.
    ABOUT_US = frozenset({10, 100, 400, 401, 405, 412, 413, 429, 1235})

    def body(self, pieces: Sequence[str], key: str) -> str:
        """A list."""
        return f"[{','.join(pieces)}]"

    def answers(self, said: Any, count: int) -> list[Answer]:
        """One for each."""
        return [self._answer(one) for one in _exactly(said, count)]

    def is_about_us(self, status: int, said: Any) -> bool:
        """By its own error code."""
        return isinstance(said, Mapping) and said.get("ErrorCode") in self.ABOUT_US

    def _answer(self, one: Mapping[str, Any]) -> Answer:
        code, words = int(one.get("ErrorCode", 0)), short(one["Message"])
        if code == 0:
            return _accepted(one["MessageID"], words)
        outcome = "deferred" if code in self.ABOUT_US else "failed"
        return Answer(outcome, "api", text=f"{words} (error {code})")  # type: ignore[arg-type]  # one of two


class ResendBatch(BatchApi):
    """`/emails/batch`: 100 messages, no attachments; in its permissive mode it takes the good ones of a batch."""

    path = "emails/batch"
    most = 100
    most_bytes = 20 * MEGABYTE
    takes_attachments = False
    key_window = timedelta(hours=24)

    def body(self, pieces: Sequence[str], key: str) -> str:
        """A list."""
        return f"[{','.join(pieces)}]"

    def headers(self, key: str) -> dict[str, str]:
        """The key has a field of its own."""
        return {"Idempotency-Key": key, "x-batch-validation": "permissive"}

    def answers(self, said: Any, count: int) -> list[Answer]:
        """Ids of those that were taken, in order, and the others by their index."""
        if "id" in said:
            return [_accepted(said["id"])]
        refused = {int(one["index"]): short(one["message"]) for one in said.get("errors") or ()}
        taken = iter(_exactly(said["data"], count - len(refused)))
        return [
            Answer("failed", "api", text=refused[at]) if at in refused else _accepted(next(taken)["id"])
            for at in range(count)
        ]

    def was_taken(self, status: int, said: Any) -> bool:
        """Its 409s differ by name."""
        return status == 409 and _named(said, "name") == "invalid_idempotent_request"

    def is_under_way(self, status: int, said: Any) -> bool:
        """The first call is not answered yet."""
        return status == 409 and not self.was_taken(status, said)


class MailjetBatch(BatchApi):
    """`/v3.1/send`: 50 messages, each with an answer of its own; 4xx where any was refused."""

    path = "send"
    most = 50
    most_bytes = 13 * MEGABYTE

    def body(self, pieces: Sequence[str], key: str) -> str:
        """What anymail puts into Globals is each message's own here."""
        return json.dumps({"Messages": [self._message(json.loads(piece)) for piece in pieces]})

    def is_for_each(self, status: int, said: Any) -> bool:
        """A refusal of the whole has no list."""
        return status < 500 and isinstance(said, Mapping) and "Messages" in said

    def answers(self, said: Any, count: int) -> list[Answer]:
        """One for each, in order."""
        return [self._answer(one) for one in _exactly(said["Messages"], count)]

    def _message(self, piece: dict[str, Any]) -> dict[str, Any]:
        return {**piece["Globals"], **piece["Messages"][0]}

    def _answer(self, one: Mapping[str, Any]) -> Answer:
        if one["Status"] == "success":
            return _accepted(one["To"][0]["MessageID"])
        errors = one.get("Errors") or [{}]
        words = short("; ".join(f"{each.get('ErrorMessage', '')} ({each.get('ErrorCode', '')})" for each in errors))
        statuses = {int(each.get("StatusCode", 400)) for each in errors}
        return Answer("deferred" if statuses & {401, 403, 429} or max(statuses) >= 500 else "failed", "api", text=words)


class MailtrapBatch(BatchApi):
    """`/api/batch`: 500 messages, 50 MB; 200 even where all were refused."""

    path = "batch"
    most = 500
    most_bytes = 45 * MEGABYTE

    def body(self, pieces: Sequence[str], key: str) -> str:
        """Requests without a base in common."""
        return f'{{"requests":[{",".join(pieces)}]}}'

    def answers(self, said: Any, count: int) -> list[Answer]:
        """One for each, in order."""
        return [self._answer(one) for one in _exactly(said["responses"], count)]

    def _answer(self, one: Mapping[str, Any]) -> Answer:
        if one["success"]:
            return _accepted(one["message_ids"][0])
        return Answer("failed", "api", text=short("; ".join(map(str, one.get("errors") or ()))) or "refused")


class BrevoBatch(BatchApi):
    """`/smtp/email` with versions: 1000 of one sender; all of them or none are taken."""

    path = "smtp/email"
    most = 500
    most_bytes = 15 * MEGABYTE
    takes_attachments = False
    key_window = timedelta(minutes=30)

    def body(self, pieces: Sequence[str], key: str) -> str:
        """The first message's content is the base that the API asks for; each version has its own."""
        messages = [json.loads(piece) for piece in pieces]
        base = {name: messages[0][name] for name in ("sender", "subject", "htmlContent") if name in messages[0]}
        versions = [{name: value for name, value in one.items() if name != "sender"} for one in messages]
        return json.dumps({**base, "headers": {"idempotencyKey": key}, "messageVersions": versions})

    def single(self, piece: str, key: str) -> str:
        """The key stands among the message's header fields."""
        message = json.loads(piece)
        return json.dumps({**message, "headers": {**message.get("headers", {}), "idempotencyKey": key}})

    def answers(self, said: Any, count: int) -> list[Answer]:
        """Ids, in order."""
        ids = said["messageIds"] if "messageIds" in said else [said["messageId"]]
        return [_accepted(one) for one in _exactly(ids, count)]

    def was_taken(self, status: int, said: Any) -> bool:
        """It knows the key; the ids are not told again."""
        return status == 400 and _named(said, "code") == "duplicate_parameter"


BATCH_APIS: dict[str, BatchApi] = {
    "postmark": PostmarkBatch(),
    "resend": ResendBatch(),
    "mailjet": MailjetBatch(),
    "mailtrap": MailtrapBatch(),
    "brevo": BrevoBatch(),
}


def _accepted(their_id: object, words: str = "") -> Answer:
    return Answer("accepted", "api", 200, text=words, provider_message_id=short(their_id)[:250])


def _exactly(found: Any, count: int) -> Any:
    if not isinstance(found, list) or len(found) != count:
        raise ValueError(f"{count} answers were expected.")
    return found


def _named(said: Any, name: str) -> str:
    return str(said.get(name, "")) if isinstance(said, Mapping) else ""
