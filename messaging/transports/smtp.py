"""SMTP over a connection that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from messaging.dkim import keyring
from messaging.mime import BuildError, build, wire_address
from messaging.providers import kind_named
from messaging.providers.smtp import Smtp
from messaging.smtp import Envelope, HandOver, SmtpClient
from messaging.transports.base import Answer, Outgoing, ProviderSettings, RefusedByUs, Transport


class SmtpTransport(Transport):
    """One connection to one server."""

    looks_ahead = True

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

    def send(self, messages: Sequence[Outgoing], then: Outgoing | None = None) -> list[Answer]:
        """Hand one message over; the next one's commands travel behind its final dot."""
        (message,) = messages
        # Not behind the last one of a connection: what was announced would have to be handed over by it.
        following = then.prepared if then and self._client.accepted + 1 < self._most else None
        answer = self._client.send(message.prepared, then=following)
        if following is None and self._client.accepted >= self._most:
            self._client.close()
        return [_answer(answer)]

    def close(self) -> None:
        """QUIT."""
        self._client.close()


# Few senders, many recipients.
_sender = lru_cache(maxsize=64)(wire_address)


def _answer(one: HandOver) -> Answer:
    return Answer(one.outcome, one.stage, one.code or None, one.enhanced, one.text)
