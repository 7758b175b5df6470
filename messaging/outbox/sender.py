"""A thread with one transport that blocks: capture, an ESP's API."""

from __future__ import annotations

import threading
import time
from queue import Empty
from typing import TYPE_CHECKING

import redis
import structlog

from messaging.outbox.items import Item
from messaging.outbox.journal import Finish, JournalLost, Line, Recorder
from messaging.transports import Answer, RefusedByUs, Transport

if TYPE_CHECKING:
    from messaging.outbox.desk import Desk

log = structlog.get_logger(__name__)

# A connection without work is closed after this long; others may want it.
IDLE_SECONDS = 20.0


class Sender(threading.Thread):
    """One thread, one transport, one line to the journal."""

    def __init__(self, desk: Desk, transport: Transport, permit: str) -> None:
        super().__init__(name=f"sender-{desk.provider.id}", daemon=True)
        self._desk = desk
        self._transport = transport
        self._permit = permit
        self._recorder: Recorder | None = None
        # Taken from the inbox and not yet answered for.
        self._held: list[Item] = []

    def run(self) -> None:
        """Serve until there has been nothing to do for a while."""
        words = ""
        try:
            self._recorder = Recorder(Line())
            self._serve(self._transport, self._recorder)
        except (JournalLost, redis.RedisError) as error:
            words = f"Redis: {error}"
            log.warning("journal_lost", provider_id=self._desk.provider.id, error=str(error))
        except Exception as error:  # whatever it is, the drain that waits for these messages must hear of it
            words = f"{type(error).__name__}: {error}"
            log.exception("sender_failed", provider_id=self._desk.provider.id)
        finally:
            self._leave(words)

    def _leave(self, words: str) -> None:
        for item in self._held:
            item.batch.is_over = item.batch.is_over or bool(words)
            item.give_back(words=words)
        self._transport.close()
        if self._recorder:
            self._recorder.line.close()
        self._desk.left(self._permit, self)

    def _serve(self, transport: Transport, recorder: Recorder) -> None:
        idle_since = time.monotonic()
        while not (self._desk.is_closing or time.monotonic() > idle_since + IDLE_SECONDS):
            if self._permit in self._desk.surplus:
                return
            if batch := self._next(transport):
                self._hand_over(batch, transport, recorder)
                idle_since = time.monotonic()
            else:
                self._desk.keep()

    def _hand_over(self, batch: list[Item], transport: Transport, recorder: Recorder) -> None:
        while not self._may_leave(batch) or not self._wait_for_tokens(batch):
            batch = self._give_back(batch)
            if not batch:
                return
        recorder.starting([(item.claim_id, item.outgoing.id, item.start) for item in batch])
        if recorder.judged():
            raise JournalLost("the claim was judged by a sweep, or its journal is gone")
        began = time.monotonic()
        answers = _sent(transport, batch)
        at, milliseconds = time.time(), int((time.monotonic() - began) * 1000)
        for item, answer in zip(batch, answers, strict=True):
            finish = Finish(answer, at, milliseconds)
            recorder.ended(item.claim_id, item.outgoing.id, finish)
            item.finished(finish)
        self._held = []
        if trouble := next((answer for answer in answers if answer.is_unreachable), None):
            self._desk.unreachable(trouble)
        elif self._desk.trouble:
            self._desk.reached()
        recorder.flush()

    def _next(self, transport: Transport) -> list[Item]:
        """Prepared messages from the inbox, at most what the transport takes at once."""
        found: list[Item] = []
        while len(found) < transport.batch:
            try:
                item = self._desk.inbox.get_nowait() if found else self._desk.inbox.get(timeout=0.5)
            except Empty:
                break
            self._held.append(item)
            found += self._prepared(item, transport) if self._may_leave([item]) else self._give_back([item])
        return found

    def _prepared(self, item: Item, transport: Transport) -> list[Item]:
        try:
            transport.prepare(item.outgoing)
        except RefusedByUs as refused:
            self._held.remove(item)
            item.finished(Finish(Answer("failed", "build", text=str(refused)), time.time(), 0))
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
        kept = []
        for item in batch:
            if self._desk.is_open and item.may_leave:
                kept.append(item)
            else:
                self._held.remove(item)
                item.give_back(delay=self._desk.closed_for, words=self._desk.trouble)
        return kept


def _sent(transport: Transport, batch: list[Item]) -> list[Answer]:
    try:
        return transport.send([item.outgoing for item in batch])
    except Exception as error:  # a fault of ours after the start was written: nobody knows how far it came
        log.exception("transport_failed", message_ids=[item.outgoing.id for item in batch])
        return [Answer("uncertain", text=f"{type(error).__name__}: {error}"[:300])] * len(batch)
