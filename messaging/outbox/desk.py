"""The desk of a provider: threads that hand messages over, each with a connection that is kept.

A desk belongs to the process and outlives a drain, so that a lone transactional message finds an open
connection. It grows as long as messages wait and all workers together stay within the provider's limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from uuid import UUID

import redis
import structlog

from messaging import rates
from messaging.outbox.journal import Finish, JournalLost, Line, Recorder, Start
from messaging.transports import Answer, Outgoing, ProviderSettings, RefusedByUs, Transport, open_transport

log = structlog.get_logger(__name__)

# A connection without work is closed after this long; others may want it.
IDLE_SECONDS = 20.0
# More threads than this in a process cost more than they bring; another process brings more.
MAX_THREADS = 64
# Share of a core above which a process has no use for another connection.
BUSY = 0.6


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


@dataclass(slots=True)
class Result:
    """What became of an item. Without an answer it was not handed over and goes back to the queue."""

    item: Item
    finish: Finish | None
    # Not before this many seconds from now.
    delay: float = 0
    words: str = ""


class Desk:
    """All connections of this process to one provider."""

    def __init__(self, provider: ProviderSettings, *, bulk: bool) -> None:
        self.provider = provider
        self.bulk = bulk
        self.inbox: SimpleQueue[Item] = SimpleQueue()
        # While this lies ahead the provider cannot be reached, and what is put here comes back.
        self.closed_until = 0.0
        self.trouble = ""
        self.is_closing = False
        self._permits: set[str] = set()
        self._threads: set[Sender] = set()
        self._kept_at = 0.0
        self._cpu_at = (time.monotonic(), time.process_time())
        self._tokens = 0
        self._lock = threading.Lock()

    @property
    def is_staffed(self) -> bool:
        """Whether a thread is there to take what is put into the inbox."""
        return bool(self._threads)

    @property
    def is_open(self) -> bool:
        """Whether the provider is not being left alone."""
        return time.monotonic() >= self.closed_until

    def put(self, items: Iterable[Item]) -> None:
        """Have messages handed over; a result for each comes back."""
        for item in items:
            self.inbox.put(item)

    def staff(self, waiting: int) -> bool:
        """Have at most as many threads as messages wait. False when there is none and none may be had."""
        with self._lock:
            have = len(self._threads)
            limit = min(rates.connection_limit(self.provider.max_connections, bulk=self.bulk), MAX_THREADS, waiting)
            # Twice as many each time: a slow server soon has the most. With a quick one this process is busy, and
            # further threads would only fight over the interpreter.
            want = min(max(1, have if self._is_busy() else have * 2), limit) - have
            if want > 0:
                most = self.provider.max_connections
                for permit in rates.take_permits(self.provider.id, max_connections=most, want=want, bulk=self.bulk):
                    self._permits.add(permit)
                    thread = Sender(self, permit)
                    self._threads.add(thread)
                    thread.start()
            return bool(self._threads)

    def _is_busy(self) -> bool:
        """Whether this process has used most of one core since it was asked last."""
        wall, cpu = time.monotonic(), time.process_time()
        used = (cpu - self._cpu_at[1]) / max(wall - self._cpu_at[0], 0.001)
        self._cpu_at = (wall, cpu)
        return used > BUSY

    def keep(self) -> None:
        """Renew what this process holds of the provider's limit; cheap to call often."""
        if time.monotonic() > self._kept_at + rates.permit_seconds() / 4:
            self._kept_at = time.monotonic()
            rates.renew_permits(self.provider.id, list(self._permits))

    def take_tokens(self, count: int) -> float:
        """Take tokens of the provider's rate. Returns 0 when they are had, else seconds to wait and try again."""
        rate = self.provider.messages_per_second
        if not rate:
            return 0
        with self._lock:
            if self._tokens < count:
                # A tenth of a second's worth at a time: Redis is asked ten times a second, not once a message.
                want = max(count - self._tokens, rate // 10)
                granted, wait = rates.take_tokens(self.provider.id, rate=rate, want=want, bulk=self.bulk)
                self._tokens += granted
                if self._tokens < count:
                    return min(max(wait, 0.005), 1.0)
            self._tokens -= count
            return 0

    def unreachable(self, answer: Answer) -> None:
        """The other side cannot be reached: give back what waits, and leave it alone for a while."""
        with self._lock:
            if time.monotonic() < self.closed_until:
                return
            seconds = rates.rest(self.provider.id, at_least=answer.retry_after or 0)
            self.closed_until = time.monotonic() + seconds
            self.trouble = f"{answer.code or ''} {answer.text}".strip()
        log.warning("provider_unreachable", provider_id=self.provider.id, stage=answer.stage, seconds=seconds)

    def reached(self) -> None:
        """The other side answers again."""
        self.trouble = ""
        rates.is_well(self.provider.id)

    def return_all(self, words: str) -> None:
        """Give back what waits, when there is nobody to take it."""
        while True:
            try:
                _give_back(self.inbox.get_nowait(), words=words)
            except Empty:
                return

    def close(self) -> None:
        """Have the threads end when they have nothing in hand, and wait for that."""
        self.is_closing = True
        for thread in list(self._threads):
            thread.join()

    def left(self, thread: Sender, permit: str) -> None:
        """A thread has ended and its connection is closed."""
        with self._lock:
            self._threads.discard(thread)
            self._permits.discard(permit)
        try:
            rates.give_back(self.provider.id, [permit])
        except redis.RedisError:
            log.warning("permit_not_given_back", provider_id=self.provider.id)


class Sender(threading.Thread):
    """One thread, one connection to the provider, one line to the journal."""

    def __init__(self, desk: Desk, permit: str) -> None:
        super().__init__(name=f"sender-{desk.provider.id}", daemon=True)
        self._desk = desk
        self._permit = permit
        self._transport: Transport | None = None
        self._recorder: Recorder | None = None
        # Taken from the inbox and not yet answered for.
        self._held: list[Item] = []

    def run(self) -> None:
        """Serve until there has been nothing to do for a while."""
        words = ""
        try:
            self._recorder = Recorder(Line())
            if transport := self._open():
                self._serve(transport, self._recorder)
        except (JournalLost, redis.RedisError) as error:
            words = f"Redis: {error}"
            log.warning("journal_lost", provider_id=self._desk.provider.id, error=str(error))
        except Exception as error:  # whatever it is, the drain that waits for these messages must hear of it
            words = f"{type(error).__name__}: {error}"
            log.exception("sender_failed", provider_id=self._desk.provider.id)
        finally:
            self._leave(words)

    def _open(self) -> Transport | None:
        try:
            self._transport = open_transport(self._desk.provider)
        except Exception as error:  # settings that cannot work, a library that is missing: as good as unreachable
            log.warning("transport_not_opened", provider_id=self._desk.provider.id, error=str(error))
            self._desk.unreachable(Answer("deferred", "connect", text=f"{type(error).__name__}: {error}"))
        return self._transport

    def _leave(self, words: str) -> None:
        for item in self._held:
            item.batch.is_over = item.batch.is_over or bool(words)
            _give_back(item, words=words)
        if self._transport:
            self._transport.close()
        if self._recorder:
            self._recorder.line.close()
        self._desk.left(self, self._permit)

    def _serve(self, transport: Transport, recorder: Recorder) -> None:
        idle_since = time.monotonic()
        batch: list[Item] = []
        while batch or not (self._desk.is_closing or time.monotonic() > idle_since + IDLE_SECONDS):
            if not batch:
                batch = self._next(transport, wait=True)
                self._desk.keep()
                continue
            batch = self._hand_over(batch, transport, recorder)
            idle_since = time.monotonic()

    def _hand_over(self, batch: list[Item], transport: Transport, recorder: Recorder) -> list[Item]:
        """Hand a batch over and return the next one, taken in the meantime."""
        if not self._may_leave(batch) or not self._wait_for_tokens(batch):
            return self._give_back(batch)
        recorder.starting([(item.claim_id, item.outgoing.id, item.start) for item in batch])
        # Redis answers while the next message is built.
        following = self._next(transport, wait=False) if transport.looks_ahead else []
        if not recorder.may_go():
            raise JournalLost("the claim was judged by a sweep, or its journal is gone")
        began = time.monotonic()
        announced = following[0].outgoing if following and not self._desk.provider.messages_per_second else None
        answers = _sent(transport, batch, announced)
        at, milliseconds = time.time(), int((time.monotonic() - began) * 1000)
        for item, answer in zip(batch, answers, strict=True):
            finish = Finish(answer, at, milliseconds)
            recorder.ended(item.claim_id, item.outgoing.id, finish)
            item.batch.results.put(Result(item, finish))
        self._held = list(following)
        if trouble := next((answer for answer in answers if answer.is_unreachable), None):
            self._desk.unreachable(trouble)
        elif self._desk.trouble:
            self._desk.reached()
        if not following:
            recorder.flush()
        return following or self._next(transport, wait=False)

    def _next(self, transport: Transport, *, wait: bool) -> list[Item]:
        """Prepared messages from the inbox, at most what the transport takes at once."""
        found: list[Item] = []
        while len(found) < transport.batch:
            try:
                item = self._desk.inbox.get(timeout=0.5) if wait and not found else self._desk.inbox.get_nowait()
            except Empty:
                break
            self._held.append(item)
            found += self._prepared(item, transport) if self._may_leave([item]) else self._give_back([item])
        return found

    def _prepared(self, item: Item, transport: Transport) -> list[Item]:
        try:
            transport.prepare(item.outgoing)
        except RefusedByUs as refused:
            finish = Finish(Answer("failed", "build", text=str(refused)), time.time(), 0)
            self._held.remove(item)
            item.batch.results.put(Result(item, finish))
            return []
        return [item]

    def _wait_for_tokens(self, batch: list[Item]) -> bool:
        while wait := self._desk.take_tokens(len(batch)):
            time.sleep(wait)
            if not self._may_leave(batch):
                return False
        return True

    def _may_leave(self, batch: list[Item]) -> bool:
        return self._desk.is_open and all(item.may_leave for item in batch)

    def _give_back(self, batch: list[Item]) -> list[Item]:
        """Give back what may not leave; returns what may."""
        is_open, delay = self._desk.is_open, max(0.0, self._desk.closed_until - time.monotonic())
        for item in batch:
            if not (is_open and item.may_leave):
                self._held.remove(item)
                _give_back(item, delay=delay, words=self._desk.trouble)
        return [item for item in batch if is_open and item.may_leave]


def _sent(transport: Transport, batch: list[Item], following: Outgoing | None) -> list[Answer]:
    try:
        return transport.send([item.outgoing for item in batch], following)
    except Exception as error:  # a fault of ours after the start was written: nobody knows how far it came
        log.exception("transport_failed", message_ids=[item.outgoing.id for item in batch])
        return [Answer("uncertain", text=f"{type(error).__name__}: {error}"[:300])] * len(batch)


def _give_back(item: Item, *, delay: float = 0, words: str = "") -> None:
    item.batch.results.put(Result(item, None, delay, words))


_desks: dict[tuple[int, bool], Desk] = {}


def desk_of(provider: ProviderSettings, *, bulk: bool) -> Desk:
    """This process' desk for a provider; a new one when its settings have changed."""
    desk = _desks.get((provider.id, bulk))
    if desk is None or desk.provider != provider:
        # Threads of an old one end by themselves once they are idle.
        desk = _desks[provider.id, bulk] = Desk(provider, bulk=bulk)
    return desk


def close_desks() -> None:
    """Close every connection of this process."""
    while _desks:
        _desks.popitem()[1].close()
