"""What every transport is: the small interface behind which a message leaves.

A sender thread owns one transport. It calls `prepare` for each message, waits until the start of its
hand-over is in the journal, calls `send`, and writes down how it ended. A new kind is one file here,
registered under its provider kind's key in `messaging.transports`.
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
    """One way out, used by one thread."""

    # How many messages `send` takes at once.
    batch: int = 1
    # Whether handing the same message over twice makes one mail, so that nothing stays uncertain: capture always, a
    # provider as long as it knows the call's key again (messaging.outbox.repeating).
    idempotent: bool = False
    # Whether `send` has a use for the message that comes next.
    looks_ahead: bool = False

    @abstractmethod
    def prepare(self, message: Outgoing) -> None:
        """Make the message ready, without talking to anybody. Raises RefusedByUs."""

    @abstractmethod
    def send(self, messages: Sequence[Outgoing], then: Outgoing | None = None) -> list[Answer]:
        """Hand prepared messages over and say for each how it ended. Raises nothing for the other side's faults.

        `then` is the message of the next call, if it is known: it may be announced, but nothing of its
        content may leave.
        """

    def close(self) -> None:  # noqa: B027  # most transports hold nothing
        """Let go of the connection, politely if it can be done at once."""
