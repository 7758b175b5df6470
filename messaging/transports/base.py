"""What every transport is: the small interface behind which a message leaves.

Whoever owns a transport calls `prepare` for each message, waits until the start of its hand-over is in the
journal, hands it over, and writes down how it ended. There are two: `Transport` blocks, `Conversing` does
not. A new kind is one file here, registered under its provider kind's key in `messaging.transports`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from messaging.compilation.compiled import CompiledMailing
    from messaging.mime.facts import MessageFacts
    from messaging.routing import Stream
    from messaging.smtp.connection import Talk

Outcome = Literal["accepted", "deferred", "failed", "uncertain"]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """A provider as its transport needs it, secrets in clear: never logged, never sent to a browser."""

    id: int
    kind: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str]
    messages_per_second: int = 0
    max_connections: int = 1


@dataclass(slots=True)
class Outgoing:
    """A message that is ready to be handed over."""

    id: int
    address: str
    compiled: CompiledMailing
    slots: list[str]
    facts: MessageFacts
    stream: Stream
    # Filled by `prepare`: the transport's own form of the message.
    prepared: Any = None

    @property
    def from_email(self) -> str:
        """The address in From."""
        return self.facts.from_email or self.compiled.from_email


@dataclass(frozen=True, slots=True)
class Answer:
    """How a hand-over ended, in the other side's words."""

    outcome: Outcome
    # connect, greeting, ehlo, starttls, auth, mail, rcpt, data, end_of_data; api; build
    stage: str = ""
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    provider_message_id: str = ""
    # The provider's own wish (Retry-After), in seconds.
    retry_after: float | None = None

    @property
    def words(self) -> str:
        """Code, enhanced code and text, as the other side said them."""
        return f"{self.code or ''} {self.enhanced} {self.text}".strip()

    @property
    def is_unreachable(self) -> bool:
        """Whether no message got through to the other side, or none should be tried: the next would meet the same."""
        if self.stage == "api":
            return self.outcome == "uncertain" or (self.outcome == "deferred" and (self.code or 0) in UNREACHABLE_API)
        return self.outcome == "deferred" and self.stage in UNREACHABLE


UNREACHABLE = frozenset({"connect", "greeting", "ehlo", "starttls", "auth"})
# HTTP: our key or account is refused, we are too quick, or they are down.
UNREACHABLE_API = frozenset({401, 402, 403, 404, 405, 407, 425, 429, 500, 503})


class RefusedByUs(Exception):
    """The message cannot be built or must not leave as it is; the words say why. Nothing was handed over."""

    permanent = True


class Transport(ABC):
    """One way out that blocks while it hands over, so it has a thread of its own (messaging.outbox.sender)."""

    # How many messages `send` takes at once.
    batch: int = 1
    # Whether handing the same message over twice makes one mail, so that nothing stays uncertain: capture always, a
    # provider as long as it knows the call's key again (messaging.outbox.repeating).
    idempotent: bool = False

    @abstractmethod
    def prepare(self, message: Outgoing) -> None:
        """Make the message ready, without talking to anybody. Raises RefusedByUs."""

    @abstractmethod
    def send(self, messages: Sequence[Outgoing]) -> list[Answer]:
        """Hand prepared messages over and say for each how it ended. Raises nothing for the other side's faults."""

    def close(self) -> None:  # noqa: B027  # most transports hold nothing
        """Let go of the connection, politely if it can be done at once."""


class Conversing(ABC):
    """One connection over which messages are handed over one after the other, beside others in the same thread
    (messaging.outbox.switchboard). Only `open` and `close` may block."""

    @abstractmethod
    def prepare(self, message: Outgoing) -> None:
        """Make the message ready, without talking to anybody. Raises RefusedByUs."""

    @abstractmethod
    def open(self) -> Answer | None:
        """Connect anew. Returns what went wrong, if anything did. Raises nothing for the other side's faults."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether there is a connection."""

    @abstractmethod
    def is_ready_for(self, message: Outgoing) -> bool:
        """Whether the connection is open and may take this message next."""

    @property
    @abstractmethod
    def may_announce(self) -> bool:
        """Whether the next message may be announced behind the one that is about to begin."""

    @property
    @abstractmethod
    def is_worn(self) -> bool:
        """Whether the connection has carried as many messages as it should, and is to be closed."""

    @abstractmethod
    def fileno(self) -> int:
        """The connection's socket; -1 where there is none."""

    @abstractmethod
    def sending(self, message: Outgoing, then: Outgoing | None) -> Talk[Answer]:
        """Hand a prepared message over an open connection that is ready for it. `then` comes next, if it is known: it
        may be announced, but nothing of its content may leave. Raises ConnectionIdle where the connection was dead
        before it, so that it may be tried over another."""

    @abstractmethod
    def drop(self) -> None:
        """Let go of the connection as it is."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection politely."""
