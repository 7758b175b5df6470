"""All connections of a desk in one thread: each hands over a message, and whoever is answered goes on.

A thread for each connection would spend more on fighting over the interpreter than on the mail. Here the starts of
all connections that are free travel to the journal in one go, and the next messages are built while Redis answers.
What blocks (opening a connection, saying goodbye) is done aside, by a thread of its own.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import redis
import structlog

from messaging.outbox.caller import Caller
from messaging.outbox.items import Item
from messaging.outbox.journal import Finish, JournalLost, Line, Recorder
from messaging.smtp.session import ConnectionIdle
from messaging.transports import Answer, Conversing, RefusedByUs

if TYPE_CHECKING:
    from messaging.outbox.desk import Desk

log = structlog.get_logger(__name__)

# A connection without work is closed after this long; others may want it.
IDLE_SECONDS = 20.0
# How often time-outs and idle connections are looked for; also the longest sleep.
LOOK_SECONDS = 0.25
# A message that we cannot build, by a fault of ours, is looked at again after this long.
MENDING_SECONDS = 300.0


class Switchboard(threading.Thread):
    """The thread of a desk whose transport converses. It ends when its last connection is closed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name=f"switchboard-{desk.provider.id}", daemon=True)
        self._desk = desk
        self._callers: set[Caller] = set()
        self._free: set[Caller] = set()
        # From other threads: new connections, and those that come back from what was done aside.
        self._coming: SimpleQueue[Caller] = SimpleQueue()
        # How many are yet to come. Guarded by the desk's lock.
        self._expected = 0
        self._is_gone = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._looked_at = time.monotonic()
        # Set when nothing may begin any more: why. What is under way is still heard to its end.
        self._words = ""
        self._recorder: Recorder | None = None
        self._parting: list[threading.Thread] = []
        # Before this nothing may begin: a limit on the rate.
        self._not_before = 0.0

    def add(self, transport: Conversing, permit: str) -> None:
        """Have one connection more. Called under the desk's lock."""
        self._expected += 1
        self._coming.put(Caller(transport, permit))
        self.ring()

    def ring(self) -> None:
        """Wake the thread: there is something to do."""
        try:
            self._bell.send(b"!")
        except (BlockingIOError, OSError):
            return  # it is being rung already, or is gone

    def run(self) -> None:
        """Serve until every connection has been idle for a while."""
        self._selector.register(self._ear, selectors.EVENT_READ)
        try:
            self._work()
        except Exception as error:  # whatever it is, the drain that waits for these messages must hear of it
            self._words = f"{type(error).__name__}: {error}"
            log.exception("switchboard_failed", provider_id=self._desk.provider.id)
        finally:
            self._leave()

    def _work(self) -> None:
        try:
            recorder = self._recorder = Recorder(Line())
        except JournalLost as error:
            self._words = f"Redis: {error}"
            return
        while not self._is_over():
            self._take_in()
            try:
                if self._words:
                    for caller in tuple(self._free):
                        self._give_back(caller)
                elif ready := self._ready():
                    self._begin(ready, recorder)
                else:
                    recorder.flush()
            except (JournalLost, redis.RedisError) as error:
                self._words = f"Redis: {error}"
                log.warning("journal_lost", provider_id=self._desk.provider.id, error=str(error))
                continue
            self._listen()

    def _is_over(self) -> bool:
        if self._words:
            return not any(caller.talk for caller in self._callers)
        if self._callers:
            return False
        with self._desk.lock:
            if not self._expected:
                self._is_gone = True
                self._desk.closed(self)
            return self._is_gone

    def _leave(self) -> None:
        """Give back everything: connections, permits, messages."""
        with self._desk.lock:
            # From here on nobody adds a connection, and one that comes back from aside looks after itself.
            self._is_gone = True
            self._desk.closed(self)
        self._take_in()
        for caller in list(self._callers):
            if caller.talk and caller.item:
                # It was on its way when we failed: nobody knows how far it came.
                self._finish(caller, Answer("uncertain", text=self._words[:300]))
            self._forget_socket(caller)
            self._abandon(caller)
        if self._recorder:
            self._recorder.line.close()
        self._selector.close()
        self._bell.close()
        self._ear.close()
        for thread in self._parting:
            thread.join()

    def _take_in(self) -> None:
        """Take connections that are new, or back from being opened."""
        while True:
            try:
                caller = self._coming.get_nowait()
            except Empty:
                return
            with self._desk.lock:
                self._expected -= 1
            self._callers.add(caller)
            self._free.add(caller)
            problem, caller.problem = caller.problem, None
            if problem and caller.item:
                self._finish(caller, problem)
                self._hear(problem)

    def _aside(self, caller: Caller, act: Callable[[], None]) -> None:
        """Do what blocks in a thread of its own; the connection comes back when it is done."""
        self._free.discard(caller)
        self._callers.discard(caller)
        self._forget_socket(caller)
        with self._desk.lock:
            self._expected += 1

        def go() -> None:
            try:
                act()
            except Exception as error:  # a fault of ours must not lose the connection and its message
                log.exception("connection_failed", provider_id=self._desk.provider.id)
                caller.problem = Answer("deferred", "connect", text=f"{type(error).__name__}: {error}")
            with self._desk.lock:
                if not self._is_gone:
                    self._coming.put(caller)
                    self.ring()
                    return
            self._abandon(caller)

        threading.Thread(target=go, name=f"opening-{self._desk.provider.id}", daemon=True).start()

    def _open(self, caller: Caller) -> None:
        caller.began = time.monotonic()

        def opening() -> None:
            caller.problem = caller.transport.open()
            caller.used = False

        self._aside(caller, opening)

    def _ready(self) -> list[Caller]:
        """Connections that are open and have a message that may begin now."""
        now = time.monotonic()
        ready = []
        for caller in tuple(self._free) if now >= self._not_before else ():
            if caller.permit in self._desk.surplus and not (caller.item or caller.following):
                self._part_with(caller)
                continue
            if not self._has_message(caller):
                continue
            if not caller.transport.is_ready_for(caller.item.outgoing):  # type: ignore[union-attr]  # it has one
                self._open(caller)
            elif wait := self._desk.take_tokens(1):
                self._not_before = now + wait
                break
            else:
                ready.append(caller)
        return ready

    def _has_message(self, caller: Caller) -> bool:
        if caller.item is None:
            caller.item, caller.following = caller.following, None
        if caller.item and not self._may_leave(caller.item):
            self._give_back(caller)
        if caller.item is None:
            caller.item = self._next(caller.transport)
        return caller.item is not None

    def _next(self, transport: Conversing) -> Item | None:
        """The next message from the inbox that may leave, built."""
        while True:
            try:
                item = self._desk.inbox.get_nowait()
            except Empty:
                return None
            if not self._may_leave(item):
                item.give_back(delay=self._desk.closed_for, words=self._desk.trouble)
                continue
            try:
                transport.prepare(item.outgoing)
            except RefusedByUs as refused:
                item.finished(Finish(Answer("failed", "build", text=str(refused)), time.time(), 0))
                continue
            except Exception as error:  # a fault of ours, met by this message: it must not be lost with us
                log.exception("message_not_built", message_id=item.outgoing.id)
                item.finished(
                    Finish(Answer("failed", "build", text=f"{type(error).__name__}: {error}"), time.time(), 0)
                )
                continue
            return item

    def _may_leave(self, item: Item) -> bool:
        return item.may_leave and self._desk.is_open

    def _begin(self, ready: list[Caller], recorder: Recorder) -> None:
        """Write down that these begin, build what comes next meanwhile, and let them begin."""
        items = [caller.item for caller in ready if caller.item]
        recorder.starting([(item.claim_id, item.outgoing.id, item.start) for item in items])
        announces = not self._desk.provider.messages_per_second
        for caller in ready:
            stays = announces and caller.permit not in self._desk.surplus
            if stays and caller.following is None and caller.transport.may_announce:
                caller.following = self._next(caller.transport)
        judged = recorder.judged()
        for caller, item in zip(ready, items, strict=True):
            if item.claim_id in judged:
                item.batch.is_over = True
                self._give_back(caller)
            else:
                self._begin_one(caller, item)

    def _begin_one(self, caller: Caller, item: Item) -> None:
        self._free.discard(caller)
        following = caller.following
        caller.talk = caller.transport.sending(item.outgoing, following.outgoing if following else None)
        caller.began = time.monotonic()
        if caller.fd < 0:
            caller.fd, caller.writes = caller.transport.fileno(), False
            self._selector.register(caller.fd, selectors.EVENT_READ, caller)
        self._go_on(caller)

    def _go_on(self, caller: Caller, *, in_time: bool = True) -> None:
        """Continue a conversation as far as it goes."""
        talk = caller.talk
        assert talk is not None  # noqa: S101 - only who talks is listened to
        try:
            writes, caller.until = next(talk) if in_time else talk.throw(TimeoutError())
            if writes != caller.writes:
                caller.writes = writes
                self._selector.modify(caller.fd, selectors.EVENT_WRITE if writes else selectors.EVENT_READ, caller)
        except StopIteration as end:
            self._ended(caller, end.value)
        except ConnectionIdle as idle:
            self._met_a_dead_one(caller, idle)
        except Exception as error:  # a fault of ours after the start was written: nobody knows how far it came
            log.exception("transport_failed", provider_id=self._desk.provider.id)
            caller.transport.drop()
            self._ended(caller, Answer("uncertain", text=f"{type(error).__name__}: {error}"[:300]))

    def _ended(self, caller: Caller, answer: Answer) -> None:
        self._finish(caller, answer)
        self._hear(answer)
        caller.used = True
        if not caller.transport.is_open:
            self._forget_socket(caller)
        elif caller.following is None and caller.transport.is_worn:
            self._aside(caller, caller.transport.close)

    def _finish(self, caller: Caller, answer: Answer) -> None:
        """Note how the hand-over of a message ended, and be free for the next one."""
        item, now = caller.item, time.monotonic()
        caller.item, caller.talk, caller.again, caller.idle_since = None, None, False, now
        if caller in self._callers:
            self._free.add(caller)
        if item is None:
            return
        finish = Finish(answer, time.time(), int((now - caller.began) * 1000) if caller.began else 0)
        if self._recorder:
            self._recorder.ended(item.claim_id, item.outgoing.id, finish)
        item.finished(finish)

    def _met_a_dead_one(self, caller: Caller, idle: ConnectionIdle) -> None:
        """A kept connection had died of idleness (RFC 5321 section 3.8): once more over a new one."""
        if caller.used and not caller.again:
            caller.talk, caller.again = None, True
            self._open(caller)
        else:
            self._ended(caller, Answer("deferred", "mail", text=str(idle)))

    def _hear(self, answer: Answer) -> None:
        try:
            if answer.is_unreachable:
                self._desk.unreachable(answer)
            elif self._desk.trouble:
                self._desk.reached()
        except redis.RedisError as error:
            log.warning("trouble_not_shared", provider_id=self._desk.provider.id, error=str(error))

    def _listen(self) -> None:
        """Wait for answers, and continue with those that came."""
        now = time.monotonic()
        if now > self._looked_at + LOOK_SECONDS:
            self._looked_at = now
            self._look(now)
        for key, _ in self._selector.select(self._patience(now)):
            caller: Caller | None = key.data
            if caller is None:
                self._ear.recv(4096)
            elif caller.talk:
                self._go_on(caller)
            else:
                # Nothing was asked: the server says goodbye, or has gone.
                caller.transport.drop()
                self._forget_socket(caller)

    def _patience(self, now: float) -> float:
        """Seconds that may be waited: none while a free connection could take a message."""
        if not self._free or self._words:
            return LOOK_SECONDS
        if self._desk.inbox.empty() and not any(caller.item or caller.following for caller in self._free):
            return LOOK_SECONDS
        return min(max(self._not_before - now, 0), LOOK_SECONDS)

    def _look(self, now: float) -> None:
        """Find those whose time is up, and those who have had nothing to do for long."""
        for caller in tuple(self._callers):
            if caller.talk:
                if now > caller.until:
                    self._go_on(caller, in_time=False)
            elif not (caller.item or caller.following) and (
                self._desk.is_closing or now > caller.idle_since + IDLE_SECONDS
            ):
                self._part_with(caller)
        try:
            self._desk.keep()
        except redis.RedisError as error:
            log.warning("permits_not_renewed", provider_id=self._desk.provider.id, error=str(error))

    def _part_with(self, caller: Caller) -> None:
        """Close an idle connection, and give its permit back once the server has said goodbye."""
        self._forget_socket(caller)
        self._callers.discard(caller)
        self._free.discard(caller)

        def closing() -> None:
            caller.transport.close()
            self._desk.left(caller.permit)

        thread = threading.Thread(target=closing, name=f"closing-{self._desk.provider.id}", daemon=True)
        self._parting.append(thread)
        thread.start()

    def _give_back(self, caller: Caller) -> None:
        """Return what has not begun to the drain."""
        for item in (caller.item, caller.following):
            if item:
                item.batch.is_over = item.batch.is_over or bool(self._words)
                item.give_back(delay=self._desk.closed_for, words=self._words or self._desk.trouble)
        caller.item = caller.following = None

    def _abandon(self, caller: Caller) -> None:
        """Give back what a connection holds, and let it go."""
        self._give_back(caller)
        caller.transport.drop()
        self._desk.left(caller.permit)

    def _forget_socket(self, caller: Caller) -> None:
        if caller.fd >= 0:
            self._selector.unregister(caller.fd)
            caller.fd, caller.writes = -1, False
