"""What passes between a drain and the desks: messages one way, what became of them the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import SimpleQueue
from uuid import UUID

from messaging.outbox.journal import Finish, Start
from messaging.transports.base import Outgoing


@dataclass(slots=True)
class Batch:
    """What the messages of one drain share: where results go, and what is not to be sent any more."""

    results: SimpleQueue[Result] = field(default_factory=SimpleQueue)
    # Mailings that were held or cancelled since.
    stopped: set[int] = field(default_factory=set)
    # Set when nothing more may be handed over: the worker stops, or has lost its journal.
    is_over: bool = False


@dataclass(slots=True)
class Item:
    """A message on its way over the desk."""

    mailing_id: int
    claim_id: UUID
    outgoing: Outgoing
    start: Start
    batch: Batch

    @property
    def may_leave(self) -> bool:
        """Whether nobody has stopped it in the meantime."""
        return not self.batch.is_over and self.mailing_id not in self.batch.stopped

    def finished(self, finish: Finish) -> None:
        """Tell the drain how the hand-over ended."""
        self.batch.results.put(Result(self, finish))

    def give_back(self, *, delay: float = 0, words: str = "") -> None:
        """Tell the drain that it was not handed over and goes back to the queue, for `delay` seconds at least."""
        self.batch.results.put(Result(self, None, delay, words))


@dataclass(slots=True)
class Result:
    """What became of an item. Without an answer it was not handed over and goes back to the queue."""

    item: Item
    finish: Finish | None
    # Not before this many seconds from now.
    delay: float = 0
    words: str = ""
