"""Providers with an HTTP API, through anymail: the parts of a message, as our own builder makes them."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default as modern
from typing import Any, cast

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRequestsAPIError
from django.core.mail import EmailMultiAlternatives
from requests import ConnectionError as NotConnected
from requests import ConnectTimeout, RequestException

from messaging.mime import BuildError, build, render_html, render_subject, render_text
from messaging.providers import kind_named
from messaging.providers.esp import Esp
from messaging.transports.base import Answer, Outgoing, ProviderSettings, RefusedByUs, Transport

# The provider makes these itself from what it is given.
_THEIRS = frozenset({"from", "to", "cc", "subject", "reply-to", "date", "mime-version"})
# HTTP answers after which the same call may succeed (RFC 6585 section 4, RFC 9110 section 15.6).
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
# Our key or account is refused: about us, not about the message, and worth another try once it is mended.
_OUR_ACCOUNT = frozenset({401, 402, 403})


class EspTransport(Transport):
    """One message a call. Anymail's own click and open tracking stays off: ours is in the message."""

    def __init__(self, provider: ProviderSettings) -> None:
        self._kind = cast(Esp, kind_named(provider.kind))
        self._config = provider.config
        self._backend: Any = self._kind.backend(provider.config, provider.secrets)

    def prepare(self, message: Outgoing) -> None:
        """The parts, with the header fields that our builder writes and theirs does not."""
        try:
            block = build(message.compiled, message.slots, message.facts).partition(b"\r\n\r\n")[0]
        except BuildError as error:
            raise RefusedByUs(str(error)) from error
        fields: Any = message_from_bytes(block + b"\r\n\r\n", policy=modern)
        mail = EmailMultiAlternatives(
            render_subject(message.compiled, message.slots),
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
            mail.attach(attachment.name, attachment.data, attachment.content_type)
        if extra := self._kind.esp_extra(self._config, broadcast=message.stream == "broadcast"):
            mail.esp_extra = extra  # type: ignore[attr-defined]  # anymail's
        message.prepared = mail

    def send(self, messages: Sequence[Outgoing], then: Outgoing | None = None) -> list[Answer]:
        """One call."""
        (message,) = messages
        try:
            self._backend.send_messages([message.prepared])
        except AnymailRequestsAPIError as error:
            return [_refused(error)]
        except AnymailError as error:
            return [Answer("failed", "api", text=_short(error))]
        except RequestException as error:
            return [_broken(error)]
        return [_accepted(message.prepared.anymail_status)]

    def close(self) -> None:
        """The HTTP session."""
        self._backend.close()


def _is_ours(name: str) -> bool:
    return name.lower() not in _THEIRS and not name.lower().startswith("content-")


def _accepted(status: Any) -> Answer:
    states = set(status.status or ())
    words = ", ".join(sorted(str(state) for state in states))
    if not states or states & {"invalid", "rejected", "failed"}:
        return Answer("failed", "api", text=f"The provider said: {words or 'nothing'}")
    if not status.message_id and states == {"unknown"}:
        return Answer("uncertain", "api", text="The provider did not say what became of it.")
    return Answer("accepted", "api", 200, text=words, provider_message_id=str(status.message_id or "")[:250])


def _refused(error: AnymailAPIError) -> Answer:
    """An HTTP error, or an answer that could not be read."""
    cause = error.__cause__
    if error.status_code is None:
        # Without a status the call broke off: the cause tells whether it had been made.
        return _broken(cause) if isinstance(cause, RequestException) else _unreadable(error)
    if error.status_code in _TRY_AGAIN | _OUR_ACCOUNT:
        return Answer("deferred", "api", error.status_code, text=_short(error), retry_after=_retry_after(error))
    return Answer("failed", "api", error.status_code, text=_short(error))


def _broken(error: BaseException) -> Answer:
    if isinstance(error, ConnectTimeout) or (isinstance(error, NotConnected) and "NewConnection" in repr(error)):
        return Answer("deferred", "connect", text=_short(error))
    return Answer("uncertain", "api", text=_short(error))


def _unreadable(error: AnymailAPIError) -> Answer:
    # 2xx with a body that makes no sense: the provider may well have taken it.
    return Answer("uncertain", "api", text=_short(error))


def _retry_after(error: AnymailAPIError) -> float | None:
    """Seconds, where the provider names them (RFC 9110 section 10.2.3); a date is left to our own intervals."""
    value = getattr(error.response, "headers", {}).get("Retry-After", "")
    return float(value) if str(value).isdigit() else None


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:1000]
