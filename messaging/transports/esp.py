"""Providers with an HTTP API, through anymail: the parts of a message, as our own builder makes them.

Where the provider has a call for many messages (messaging.transports.batch_apis), they leave by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as modern
from functools import cached_property
from typing import Any, cast
from uuid import uuid4

from anymail.exceptions import AnymailError
from anymail.message import AnymailStatus
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError, connection
from requests import RequestException

from messaging.mime import (
    NO_SUBJECT,
    BuildError,
    build,
    clean_header_value,
    render_html,
    render_subject,
    render_text,
    safe_name,
)
from messaging.models import ProviderCall
from messaging.providers import kind_named
from messaging.providers.esp import Esp
from messaging.transports import open_calls
from messaging.transports.base import Answer, Outgoing, ProviderSettings, RefusedByUs, Transport
from messaging.transports.batch_apis import BATCH_APIS, BatchApi
from messaging.transports.http_answers import broken, json_of, of_error, refusal, short

# The provider makes these itself from what it is given.
_THEIRS = frozenset({"from", "to", "cc", "subject", "reply-to", "date", "mime-version"})
# None of them documents SMTPUTF8, and one that mangles such an address would bounce it in the recipient's name.
_ASCII_ONLY = (
    "An address is not ASCII before its @. Providers' APIs take no such address; an SMTP server may (SMTPUTF8)."
)
# A call that goes wrong may leave its messages uncertain: batches begin small, and do so again after trouble.
FIRST_BATCH, GROWTH = 10, 5


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message as anymail has it, and as JSON for a batch."""

    mail: EmailMultiAlternatives
    payload: Any
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call: an answer for each message, or one for all of them alike (`whole`)."""

    answers: list[Answer]
    whole: bool


class EspTransport(Transport):
    """Calls of one thread. Anymail's own click and open tracking stays off: ours is in the message."""

    def __init__(self, provider: ProviderSettings) -> None:
        self._kind = cast(Esp, kind_named(provider.kind))
        self._provider_id = provider.id
        self._config = provider.config
        self._backend: Any = self._kind.backend(provider.config, provider.secrets)
        self._api = BATCH_APIS.get(provider.kind)
        rate = provider.messages_per_second
        self._most = min(self._api.most, rate or self._api.most) if self._api else 1
        self.batch = min(self._most, FIRST_BATCH)
        # A lost call is made again under its key (messaging.outbox.repeating), as long as the provider knows it.
        self.idempotent = bool(self._api and self._api.key_window)
        # Calls that were answered; their answers are in the journal by the time of the next one.
        self._answered: list[ProviderCall] = []

    def prepare(self, message: Outgoing) -> None:
        """The parts, with the header fields that our builder writes and theirs does not."""
        if not all(address.isascii() for address in map(_local, (message.address, message.from_email))):
            raise RefusedByUs(_ASCII_ONLY)
        try:
            block = build(message.compiled, message.slots, message.facts).partition(b"\r\n\r\n")[0]
        except BuildError as error:
            raise RefusedByUs(str(error)) from error
        mail = self._mail(message, block)
        try:
            payload = self._backend.build_message_payload(mail, self._backend.send_defaults)
            message.prepared = Prepared(mail, payload, payload.serialize_data() if self._api else "")
        except AnymailError as error:  # what this provider cannot be given
            raise RefusedByUs(short(error)) from error

    def send(self, messages: Sequence[Outgoing]) -> list[Answer]:
        """As few calls as may be."""
        self._backend.open()
        if self._api is None:
            return [self._by_anymail(message.prepared) for message in messages]
        answers: dict[int, Answer] = {}
        try:
            if self.idempotent:
                self._look_back(messages, answers)
            for part in self._parts(self._api, [one for one in messages if one.id not in answers]):
                self._hand_over(self._api, part, answers)
        except DatabaseError as error:
            # No call is made that is not kept: those without an answer were not handed over.
            connection.close()
            answers = {
                one.id: Answer("deferred", "api", text=f"Database: {short(error)}") for one in messages
            } | answers
        ended = [answers[one.id] for one in messages]
        trouble = any(one.is_unreachable for one in ended)
        self.batch = 1 if trouble else min(self._most, self.batch * GROWTH)
        return ended

    def repeat(self, call: ProviderCall) -> dict[int, Answer]:
        """Make a call again under its key; uncertain where nobody can say what became of the first."""
        self._backend.open()
        assert self._api is not None  # noqa: S101 - only such kinds keep calls
        said = self._again(self._api, call)
        return dict(zip(call.message_ids, said.answers, strict=True))

    def close(self) -> None:
        """The HTTP session, and this thread's database connection."""
        self._backend.close()
        if self.idempotent:
            connection.close()

    def _mail(self, message: Outgoing, block: bytes) -> EmailMultiAlternatives:
        fields: Any = message_from_bytes(block + b"\r\n\r\n", policy=modern)
        mail = EmailMultiAlternatives(
            clean_header_value(render_subject(message.compiled, message.slots)) or NO_SUBJECT,
            render_text(message.compiled, message.slots, message.facts, tracked=True),
            str(fields["From"]),
            [str(fields["To"])],
            cc=[str(fields["Cc"])] if fields["Cc"] else None,
            reply_to=[str(fields["Reply-To"])] if fields["Reply-To"] else None,
            headers={name: str(value) for name, value in fields.items() if _is_ours(name)},
            connection=self._backend,
        )
        mail.attach_alternative(render_html(message.compiled, message.slots, message.facts, tracked=True), "text/html")
        for attachment in message.facts.attachments:
            mail.attach(safe_name(attachment.name), attachment.data, attachment.content_type)
        if extra := self._kind.esp_extra(self._config, broadcast=message.stream == "broadcast"):
            mail.esp_extra = extra  # type: ignore[attr-defined]  # anymail's
        if self._kind.takes_metadata:
            # Comes back with every report: a message is known by it even where the answer to this call is lost.
            mail.metadata = {"relay": str(message.id)}  # type: ignore[attr-defined]  # anymail's
        return mail

    def _by_anymail(self, prepared: Prepared) -> Answer:
        """One call for one message, all of it anymail's."""
        status = AnymailStatus()
        try:
            response = self._backend.post_to_esp(prepared.payload, prepared.mail)
            status.set_recipient_status(self._backend.parse_recipient_status(response, prepared.payload, prepared.mail))
        except AnymailError as error:
            return of_error(error)
        except RequestException as error:
            return broken(error)
        return _accepted(status)

    def _look_back(self, messages: Sequence[Outgoing], answers: dict[int, Answer]) -> None:
        """Let the calls of earlier answers go; repeat those under which these messages left once before."""
        open_calls.forget(self._answered)
        self._answered = []
        for call in open_calls.of_messages(self._provider_id, [one.id for one in messages], self._api):
            found = self.repeat(call)
            answers.update({one.id: found[one.id] for one in messages if one.id in found})

    def _parts(self, api: BatchApi, messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
        """What fits into a call each: of one sender, and not too large."""
        part: list[Outgoing] = []
        size = 0
        for one in messages:
            length = len(one.prepared.piece.encode())
            if part and (
                size + length > api.most_bytes
                or one.prepared.mail.from_email != part[0].prepared.mail.from_email
                or not _fits_a_batch(api, one)
                or not _fits_a_batch(api, part[0])
            ):
                yield part
                part, size = [], 0
            part.append(one)
            size += length
        if part:
            yield part

    def _hand_over(self, api: BatchApi, part: list[Outgoing], answers: dict[int, Answer]) -> None:
        """One call, or where all of it is refused for the fault of some, smaller ones."""
        if trouble := next((one for one in answers.values() if one.is_unreachable), None):
            answers.update({one.id: Answer("deferred", "api", trouble.code, text=trouble.text) for one in part})
            return
        said = self._called(api, part)
        if said.whole and said.answers[0].outcome == "failed" and len(part) > 1:
            half = len(part) // 2
            self._hand_over(api, part[:half], answers)
            self._hand_over(api, part[half:], answers)
            return
        answers.update({one.id: answer for one, answer in zip(part, said.answers, strict=True)})

    def _called(self, api: BatchApi, part: list[Outgoing]) -> Said:
        key, pieces = uuid4(), [one.prepared.piece for one in part]
        if _fits_a_batch(api, part[0]):
            path, body = api.path, api.body(pieces, str(key))
        else:
            path, body = part[0].prepared.payload.get_api_endpoint(), api.single(pieces[0], str(key))
        call = open_calls.made(self._provider_id, key, path, body, [one.id for one in part])
        if not self.idempotent:
            return self._posted(api, call, body)
        call.save(force_insert=True)
        said = self._posted(api, call, body)
        if any(one.outcome == "uncertain" for one in said.answers):
            said = self._again(api, call)
        if any(one.outcome == "uncertain" for one in said.answers):
            return said  # kept, to be repeated later
        # Where nothing was taken the messages will leave in other company: nobody may repeat this one.
        nothing_taken = said.whole and said.answers[0].outcome != "accepted"
        if not (nothing_taken and open_calls.forget([call])):
            self._answered.append(call)
        return said

    def _again(self, api: BatchApi, call: ProviderCall) -> Said:
        said = self._posted(api, call, open_calls.body_of(call))
        if said.whole and said.answers[0].outcome == "deferred":
            # Refused at the door: that says nothing of the first time.
            return Said([Answer("uncertain", "api", one.code, text=one.text) for one in said.answers], whole=True)
        return said

    def _posted(self, api: BatchApi, call: ProviderCall, body: str) -> Said:
        count = len(call.message_ids)
        params = self._access
        try:
            response = self._backend.session.request(
                **params | {"headers": params["headers"] | api.headers(str(call.key)), "data": body.encode()},
                url=self._backend.api_url + call.path,
                timeout=self._backend.timeout,
            )
        except RequestException as error:
            return Said([broken(error)] * count, whole=True)
        status, said = response.status_code, json_of(response)
        if api.is_for_each(status, said):
            with suppress(ValueError, TypeError, LookupError, AttributeError, StopIteration):
                return Said(api.answers(said, count), whole=False)
        words = f"{self._backend.esp_name}: {status} {short(response.text)}"[:1000]
        return Said([_of_all(api, status, said, response, words)] * count, whole=True)

    @cached_property
    def _access(self) -> dict[str, Any]:
        """How anymail signs in: method, header fields and login of any of its calls."""
        nobody = EmailMultiAlternatives("-", "-", "a@example.com", ["b@example.com"], connection=self._backend)
        payload = self._backend.build_message_payload(nobody, self._backend.send_defaults)
        params = payload.get_request_params(self._backend.api_url)
        return {"method": params["method"], "headers": dict(params["headers"] or {}), "auth": params["auth"]}


def _of_all(api: BatchApi, status: int, said: Any, response: Any, words: str) -> Answer:
    """What an answer to a call means for each of its messages alike."""
    if api.was_taken(status, said):
        return Answer("accepted", "api", status, text=words)
    if 200 <= status < 300 or api.is_under_way(status, said):
        # Taken, perhaps: a success that makes no sense, or one that is being worked at.
        return Answer("uncertain", "api", status, text=words)
    answer = refusal(status, response.headers, said, words)
    if answer.outcome == "failed" and api.is_about_us(status, said):
        return Answer("deferred", "api", status, text=words)
    return answer


def _local(address: str) -> str:
    return address.rpartition("@")[0]


def _is_ours(name: str) -> bool:
    return name.lower() not in _THEIRS and not name.lower().startswith("content-")


def _fits_a_batch(api: BatchApi, message: Outgoing) -> bool:
    return api.takes_attachments or not message.facts.attachments


def _accepted(status: Any) -> Answer:
    states = set(status.status or ())
    words = ", ".join(sorted(str(state) for state in states))
    if not states or states & {"invalid", "rejected", "failed"}:
        return Answer("failed", "api", text=f"The provider said: {words or 'nothing'}")
    if not status.message_id and states == {"unknown"}:
        return Answer("uncertain", "api", text="The provider did not say what became of it.")
    return Answer("accepted", "api", 200, text=words, provider_message_id=short(status.message_id or "")[:250])
