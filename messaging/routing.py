"""Which way a message leaves, or why it does not: the one place that decides.

`decide` is pure. The table in docs/delivery.md says the same in words, and
tests/messaging/test_routing.py lists every case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Stream = Literal["broadcast", "transactional"]

# Kinds of suppression (Suppression.Kind) by the purposes they block, the gravest first: it is the one that is told.
BLOCKED_BY: dict[str, tuple[str, ...]] = {
    "marketing": ("complaint", "hard_bounce", "exclusion", "unsubscribed"),
    "transactional": ("complaint", "hard_bounce"),
    "one_to_one": ("complaint", "hard_bounce"),
}
STREAM_OF: dict[str, Stream] = {
    "marketing": "broadcast",
    "transactional": "transactional",
    "one_to_one": "transactional",
}
WORDS = {
    "complaint": "The recipient has reported mail from us as spam.",
    "hard_bounce": "Mail to this address has bounced for good.",
    "exclusion": "The address is on the exclusion list.",
    "unsubscribed": "The recipient has unsubscribed from everything.",
    "not_subscribed": "The contact is active on none of the lists this was sent to.",
    "no_contact": "Marketing mail goes to contacts only.",
    "copies": "Cc and Bcc need a connected mailbox.",
    "mailbox": "The sender's mailbox cannot send: {problem}",
    "no_provider": "No active provider takes {stream} mail.",
    "paused": "The provider {name} is paused.",
    "resting": "The provider {name} is being given a rest after an error.",
}


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What the decision depends on. `active_lists`: lists of this mailing that the contact is active on."""

    purpose: str
    has_contact: bool = True
    active_lists: frozenset[int] = frozenset()
    # The list by which the message was queued, kept where it still counts.
    list_id: int | None = None
    has_copies: bool = False
    # A test of marketing mail to its author, who is on no list.
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The sending user's connected mailbox; `problem` is empty while it works."""

    id: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """A provider as the decision sees it, in the order of position."""

    id: int
    name: str
    streams: frozenset[Stream]
    is_active: bool = True
    is_paused: bool = False
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The way a message leaves by."""

    kind: Literal["provider", "mailbox"]
    id: int
    stream: Stream
    reason: str
    # The list that a marketing message is owed by now.
    list_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The message is not sent, for good: `code` is kept as its reason."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The message cannot leave now; it stays in the queue."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Ways:
    """What mail may leave by: the platform's providers, and the sender's mailbox where there is one."""

    providers: tuple[ProviderFacts, ...] = ()
    mailbox: Mailbox | None = None
    _memory: dict[Stream, Route | Wait] = field(default_factory=dict, compare=False, repr=False)

    def platform(self, stream: Stream) -> Route | Wait:
        """The first active provider of a stream. A paused one is waited for, never gone round silently."""
        if stream not in self._memory:
            self._memory[stream] = _platform(stream, self.providers)
        return self._memory[stream]


def decide(message: MessageFacts, ways: Ways, suppressions: Iterable[str]) -> Route | Refusal | Wait:
    """The route of a message or why it has none. `suppressions` are the kinds that its address is listed for."""
    if blocked := blocked_by(message.purpose, suppressions):
        return refusal(blocked)
    if message.purpose == "marketing":
        return _marketing(message, ways)
    if message.purpose == "one_to_one" and ways.mailbox:
        return _mailbox(ways.mailbox)
    if message.has_copies:
        return refusal("copies")
    return ways.platform(STREAM_OF[message.purpose])


def blocked_by(purpose: str, suppressions: Iterable[str]) -> str:
    """The gravest kind of suppression that blocks this purpose, or an empty string."""
    if not suppressions:
        return ""
    listed = set(suppressions)
    return next((kind for kind in BLOCKED_BY[purpose] if kind in listed), "")


def refusal(code: str, **facts: str) -> Refusal:
    """A refusal in words that a user can read."""
    return Refusal(code, WORDS[code].format(**facts))


def _marketing(message: MessageFacts, ways: Ways) -> Route | Refusal | Wait:
    if message.is_test:
        return ways.platform("broadcast")
    if not message.has_contact:
        return refusal("no_contact")
    if not message.active_lists:
        return refusal("not_subscribed")
    way = ways.platform("broadcast")
    if isinstance(way, Wait) or message.list_id in message.active_lists:
        return way
    # They have left the list this was queued by, and are still on another of the same mailing.
    return Route(way.kind, way.id, way.stream, way.reason, min(message.active_lists))


def _mailbox(mailbox: Mailbox) -> Route | Refusal:
    if mailbox.problem:
        return refusal("mailbox", problem=mailbox.problem)
    return Route("mailbox", mailbox.id, "transactional", "The sender has a connected mailbox.")


def _platform(stream: Stream, providers: Iterable[ProviderFacts]) -> Route | Wait:
    found = next((one for one in providers if one.is_active and stream in one.streams), None)
    if found is None:
        return Wait("no_provider", WORDS["no_provider"].format(stream=stream))
    if found.is_paused:
        return Wait("paused", WORDS["paused"].format(name=found.name))
    if found.is_resting:
        return Wait("resting", WORDS["resting"].format(name=found.name))
    return Route("provider", found.id, stream, f"First active provider for {stream} mail: {found.name}.")
