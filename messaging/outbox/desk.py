"""The desk of a provider: the connections of this process that messages are handed over by.

A desk belongs to the process and outlives a drain, so that a lone transactional message finds an open
connection. It grows as long as messages wait and all workers together stay within the provider's limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from queue import Empty, SimpleQueue

import redis
import structlog

from messaging import rates
from messaging.outbox.items import Item
from messaging.outbox.sender import Sender
from messaging.outbox.switchboard import Switchboard
from messaging.transports import Answer, Conversing, ProviderSettings, Transport, open_transport

log = structlog.get_logger(__name__)

# More connections than this in a process bring nothing; another process brings more.
MAX_CONNECTIONS = 200
# More threads than this cost more than they bring.
MAX_THREADS = 64
# Share of a core above which a process has no use for more than a few connections.
BUSY = 0.6
FEW = 4


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
        # Guards who stands at the desk. Re-entrant: a thread that leaves is taken off the list while it holds it.
        self.lock = threading.RLock()
        # One for each connection, or thread with one.
        self._permits: set[str] = set()
        # Those of them that are to be given back, because the provider asked for less.
        self.surplus: set[str] = set()
        self._threads: set[Sender] = set()
        self._board: Switchboard | None = None
        self._kept_at = 0.0
        self._cpu_at = (time.monotonic(), time.process_time())
        self._tokens = 0

    @property
    def is_staffed(self) -> bool:
        """Whether somebody is there to take what is put into the inbox."""
        return bool(self._permits)

    @property
    def is_open(self) -> bool:
        """Whether the provider is not being left alone."""
        return time.monotonic() >= self.closed_until

    @property
    def closed_for(self) -> float:
        """Seconds until the provider is tried again."""
        return max(0.0, self.closed_until - time.monotonic())

    def put(self, items: Iterable[Item]) -> None:
        """Have messages handed over; a result for each comes back."""
        for item in items:
            self.inbox.put(item)
        with self.lock:
            if self._board:
                self._board.ring()

    def staff(self, waiting: int) -> bool:
        """Have at most as many connections as messages wait. False when there is none and none may be had."""
        with self.lock:
            have = len(self._permits)
            most = MAX_THREADS if self._threads else MAX_CONNECTIONS
            limit = min(rates.connection_limit(self.provider.max_connections, bulk=self.bulk), most, waiting)
            # Twice as many each time: a slow server soon has the most. With a quick one this process is busy, and
            # further connections would be missed by others.
            want = min(max(1, max(have, FEW) if self._is_busy() else have * 2), limit) - have
            if want > 0:
                most = self.provider.max_connections
                for permit in rates.take_permits(self.provider.id, max_connections=most, want=want, bulk=self.bulk):
                    self._permits.add(permit)
                    self._hire(permit)
            return bool(self._permits)

    def _hire(self, permit: str) -> None:
        try:
            transport = open_transport(self.provider)
        except Exception as error:  # settings that cannot work, a library that is missing: as good as unreachable
            log.warning("transport_not_opened", provider_id=self.provider.id, error=str(error))
            self.unreachable(Answer("deferred", "connect", text=f"{type(error).__name__}: {error}"))
            self.left(permit)
            return
        if isinstance(transport, Conversing):
            self._connect(transport, permit)
        else:
            self._employ(transport, permit)

    def _connect(self, transport: Conversing, permit: str) -> None:
        board = self._board or Switchboard(self)
        board.add(transport, permit)
        if self._board is None:
            self._board = board
            board.start()

    def _employ(self, transport: Transport, permit: str) -> None:
        thread = Sender(self, transport, permit)
        self._threads.add(thread)
        thread.start()

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
            most = self.provider.max_connections
            with self.lock:
                permits = list(self._permits)
            self.surplus = rates.renew_permits(self.provider.id, permits, max_connections=most, bulk=self.bulk)

    def take_tokens(self, count: int) -> float:
        """Take tokens of the provider's rate. Returns 0 when they are had, else seconds to wait and try again."""
        rate = self.provider.messages_per_second
        if not rate:
            return 0
        with self.lock:
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
        with self.lock:
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
                self.inbox.get_nowait().give_back(words=words)
            except Empty:
                return

    def close(self) -> None:
        """Have everybody end when they have nothing in hand, and wait for that."""
        self.is_closing = True
        with self.lock:
            there = [*self._threads, *([self._board] if self._board else [])]
        for thread in there:
            thread.join()

    def closed(self, board: Switchboard) -> None:
        """A board has no connection left and ends: the next connection begins another."""
        with self.lock:
            if self._board is board:
                self._board = None

    def left(self, permit: str, thread: Sender | None = None) -> None:
        """A connection is closed, and its thread, if it had one, has ended."""
        with self.lock:
            if thread:
                self._threads.discard(thread)
            self._permits.discard(permit)
        try:
            rates.give_back(self.provider.id, [permit])
        except redis.RedisError:
            log.warning("permit_not_given_back", provider_id=self.provider.id)


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
