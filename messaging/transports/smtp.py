"""SMTP over a connection that is kept."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from messaging.dkim import keyring
from messaging.mime import BuildError, build, wire_address
from messaging.providers import kind_named
from messaging.providers.smtp import Smtp
from messaging.smtp import Envelope, HandOver, SmtpClient
from messaging.smtp.connection import Talk
from messaging.transports.base import Answer, Conversing, Outgoing, ProviderSettings, RefusedByUs


class SmtpTransport(Conversing):
    """One connection to one server."""

    def __init__(self, provider: ProviderSettings) -> None:
        kind = cast(Smtp, kind_named(provider.kind))
        settings = kind.settings(provider.config, provider.secrets)
        self._client = SmtpClient(settings)
        self._most = settings.messages_per_connection
        self._signs = kind.signs(provider.config)
        if self._signs:
            # Better to wait, with the reason on the provider's page, than to leave unsigned.
            keyring.current()

    def prepare(self, message: Outgoing) -> None:
        """The bytes and the envelope."""
        try:
            data = build(message.compiled, message.slots, message.facts)
            if self._signs:
                data = keyring.current().sign(data)
            sender, recipient = _sender(message.from_email), wire_address(message.address)
            message.prepared = Envelope(sender, (recipient,), data)
        except BuildError as error:
            raise RefusedByUs(str(error)) from error

    def open(self) -> Answer | None:
        """Connect, secure, log in."""
        self._client.drop()
        problem = self._client.connect()
        return _answer(problem) if problem else None

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._client.is_open

    def is_ready_for(self, message: Outgoing) -> bool:
        """Whether the session has announced this message, or none."""
        return self._client.is_open and self._client.is_ready_for(message.prepared)

    @property
    def may_announce(self) -> bool:
        """Not behind the last one of a connection: what was announced would have to be handed over by it."""
        return self._client.accepted + 1 < self._most

    @property
    def is_worn(self) -> bool:
        """Servers count per connection, and load balancers spread by it."""
        return self._client.accepted >= self._most

    def fileno(self) -> int:
        """The session's socket."""
        return self._client.fileno()

    def sending(self, message: Outgoing, then: Outgoing | None) -> Talk[Answer]:
        """Hand one message over; the next one's commands travel behind its final dot."""
        return _answer((yield from self._client.sending(message.prepared, then.prepared if then else None)))

    def drop(self) -> None:
        """Close the socket."""
        self._client.drop()

    def close(self) -> None:
        """QUIT."""
        self._client.close()


# Few senders, many recipients.
_sender = lru_cache(maxsize=64)(wire_address)


def _answer(one: HandOver) -> Answer:
    return Answer(one.outcome, one.stage, one.code or None, one.enhanced, one.text)
