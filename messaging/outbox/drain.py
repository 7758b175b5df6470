"""One worker's turn at a lane: claim, prepare, have it handed over, mark, and so on until nothing is due.

The work of the database and the work of the connections overlap: while sender threads hand one batch
over, this thread marks the one before and claims the next.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from queue import Empty
from uuid import UUID, uuid4

import redis
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from messaging import pulse, rates
from messaging.models import Mailing, Provider
from messaging.outbox import ending, journal
from messaging.outbox.claim import Claim, Claimer, renew
from messaging.outbox.desk import Desk, desk_of
from messaging.outbox.items import Batch, Item, Result
from messaging.outbox.journal import JournalLost, Line
from messaging.outbox.mailings import ReadyMailings
from messaging.outbox.mark import Mark, write
from messaging.outbox.prepare import Ready, prepare
from messaging.outbox.verdict import Settled, settle
from messaging.outbox.ways import Providers
from messaging.routing import STREAM_OF, Route

log = structlog.get_logger(__name__)

# A turn ends after this long, so that words for other lanes of the worker, and its own end, are heard.
TURN_SECONDS = 20.0
# Batches are made so large that a pause takes effect within about this time.
BATCH_SECONDS = 2.0
LARGEST, SMALLEST = 2000, 20
# Outcomes are written when there are this many, or after this long.
MARK_COUNT, MARK_SECONDS = 1000, 0.4
LOOK_SECONDS = 1.0
STAFF_SECONDS = 0.1
# A database that is being restarted is waited for.
PATIENCE_SECONDS = 30.0
BULK_LANES = frozenset({"campaign", "automation"})
# Which purposes a lane may carry, to know the ways that must be open before anything is claimed.
PURPOSES = {
    "transactional": ("transactional",),
    "one_to_one": ("one_to_one",),
    "automation": ("marketing", "transactional", "one_to_one"),
    "campaign": ("marketing",),
}

_mailings = ReadyMailings()


@cache
def _calm_collector() -> None:
    """Once a process: what it was born with is no garbage. Searching Django's half million objects again and again
    takes a fifth of a sender's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def drain_lane(lane: str, *, seconds: float = TURN_SECONDS, on_plenty: Callable[[], None] = lambda: None) -> bool:
    """Send what is due in a lane for about `seconds`; returns whether there is more.

    `on_plenty` is called once, when there is work for another worker too.
    """
    _calm_collector()
    try:
        line = Line()
    except JournalLost as error:
        log.warning("journal_unreachable", lane=lane, error=str(error))
        return False
    try:
        return Drain(lane, line, seconds, on_plenty).run()
    finally:
        line.close()


@dataclass
class Drain:
    """A turn at a lane."""

    lane: str
    line: Line
    seconds: float
    on_plenty: Callable[[], None]
    batch: Batch = field(default_factory=Batch)
    _claims: dict[UUID, Claim] = field(default_factory=dict)
    _marks: list[Mark] = field(default_factory=list)
    _ready: dict[int, Ready] = field(default_factory=dict)
    _desks: dict[int, Desk] = field(default_factory=dict)
    _troubles: dict[int, str] = field(default_factory=dict)
    _asked_for_less: set[int] = field(default_factory=set)
    _in_hand: int = 0
    # The id of the next claim, whose journal has its header already.
    _next_id: UUID | None = None

    def __post_init__(self) -> None:
        self._claimer = Claimer(self.lane)
        self._providers = Providers()
        self._started = self._marked_at = self._looked_at = self._renewed_at = self._staffed_at = time.monotonic()
        self._finished = 0
        self._has_more = False
        self._plenty = False

    def run(self) -> bool:
        """Work until nothing is due or the turn is over; returns whether there is more."""
        try:
            self._work()
        finally:
            self.batch.is_over = True
            while self._in_hand:
                self._collect()
                self._take_back()
            self._write()
            self._end_claims(unused=True)
        return self._has_more

    def _work(self) -> None:
        claiming = True
        while claiming or self._in_hand:
            if claiming and self._in_hand <= self._size() // 2:
                claiming = self._may_claim() and self._claim()
            self._collect()
            if len(self._marks) >= MARK_COUNT or time.monotonic() > self._marked_at + MARK_SECONDS:
                self._write()
            self._keep()

    def _may_claim(self) -> bool:
        if time.monotonic() > self._started + self.seconds or ending.is_asked():
            self._has_more = True
        return not (self._has_more or self.batch.is_over) and any(self._open_desks())

    def _open_desks(self) -> list[Desk]:
        """The desks of the ways that are open for this lane and that somebody stands at."""
        ways = self._providers.ways()
        routes = {ways.platform(STREAM_OF[purpose]) for purpose in PURPOSES[self.lane]}
        desks = [self._desk(route.id) for route in routes if isinstance(route, Route)]
        staffed = [desk for desk in desks if desk.is_open and desk.staff(1)]
        # One that could not even be tried has nobody who could tell of it.
        self._troubles |= {one.provider.id: one.trouble for one in desks if one not in staffed and one.trouble}
        return staffed

    def _desk(self, provider_id: int) -> Desk:
        desk = desk_of(self._providers.settings(provider_id), bulk=self.lane in BULK_LANES)
        self._desks[provider_id] = desk
        return desk

    def _size(self) -> int:
        """How large a batch is: what the desks hand over in about two seconds."""
        limits = [desk.provider.messages_per_second for desk in self._desks.values()]
        rate = self._finished / max(0.1, time.monotonic() - self._started) if self._finished else SMALLEST * 2
        rate = min([rate, *(limit for limit in limits if limit)])
        return int(min(max(rate * BATCH_SECONDS, SMALLEST), LARGEST))

    def _claim(self) -> bool:
        """Claim a batch and put it on the desks; False when nothing is due."""
        if self._next_id is None:
            self._next_id = uuid4()
            journal.begin(self.line, self._next_id)
        size = self._size()
        # Whatever happens while claiming, the journal stays: the claim may be committed though we never hear so, and
        # without its journal the sweep could not tell that nothing of it was handed over.
        claim_id, self._next_id = self._next_id, None
        claim = self._claimer.take(claim_id, size)
        if claim is None:
            self._next_id = claim_id
            return False
        self._claims[claim.id] = claim
        if len(claim.rows) == size and not self._plenty:
            self._plenty = True
            self.on_plenty()
        prepared = prepare(claim, self._providers.ways(), _mailings, now=datetime.now(UTC))
        self._marks += prepared.settled
        for provider_id in {one.route.id for one in prepared.ready}:
            self._put(provider_id, [one for one in prepared.ready if one.route.id == provider_id], claim)
        return True

    def _put(self, provider_id: int, ready: list[Ready], claim: Claim) -> None:
        self._ready |= {one.outgoing.id: one for one in ready}
        self._in_hand += len(ready)
        mailing_of = {row.id: row.mailing_id for row in claim.rows}
        self._desk(provider_id).put(
            Item(mailing_of[one.outgoing.id], claim.id, one.outgoing, one.start, self.batch) for one in ready
        )

    def _collect(self) -> None:
        """Take the results that are there, waiting a moment for the first."""
        if not self._in_hand:
            return
        if self._in_hand > SMALLEST:
            # Many are on their way: waking for each of them would cost more than the waiting.
            time.sleep(0.01)
        try:
            result = self.batch.results.get(timeout=0.1)
            while True:
                self._take_in(result)
                result = self.batch.results.get_nowait()
        except Empty:
            return

    def _take_in(self, result: Result) -> None:
        mark = self._ready.pop(result.item.outgoing.id).mark
        self._in_hand -= 1
        self._finished += 1
        if result.finish is None:
            mark.settled = Settled("queued", words=result.words, delay=result.delay)
            if result.words and mark.provider_id:
                self._troubles[mark.provider_id] = result.words
        else:
            answer, row = result.finish.answer, mark.row
            mark.finish = result.finish
            mark.settled = settle(
                answer, purpose=row.purpose, attempts=row.attempts, now=datetime.now(UTC), seed=row.id
            )
            if mark.settled.ease_off and mark.provider_id:
                self._troubles[mark.provider_id] = mark.settled.words
                self._asked_for_less.add(mark.provider_id)
        self._marks.append(mark)

    def _write(self) -> None:
        """Commit what has an outcome; a database that is away is waited for."""
        self._marked_at = time.monotonic()
        marks = self._marks
        done = {mark.row.id for mark in marks}
        ended = [claim_id for claim_id, claim in self._claims.items() if claim.open <= done]
        if marks or ended:
            _patiently(lambda: write(marks, finished_claims=ended))
            pulse.note(self.lane, marks)
        # Only now: a claim must not end before the outcomes of all its messages are committed.
        for claim in self._claims.values():
            claim.open -= done
        self._marks = []
        self._end_claims(ended)
        self._report_troubles()

    def _report_troubles(self) -> None:
        """Show the administrator what a provider said last, and slow down where it asked for that."""
        for provider_id, words in self._troubles.items():
            Provider.objects.filter(pk=provider_id).update(last_error=words, last_error_at=Now())
        with suppress(redis.RedisError):
            for provider_id in self._asked_for_less:
                rates.ease_off(provider_id)
        self._troubles.clear()
        self._asked_for_less.clear()

    def _end_claims(self, ended: Sequence[UUID] = (), *, unused: bool = False) -> None:
        """Throw away journals whose outcomes are committed; one that stays lapses by itself."""
        for claim_id in ended:
            del self._claims[claim_id]
        ids = [*ended, *([self._next_id] if unused and self._next_id else [])]
        with suppress(JournalLost):
            journal.forget(self.line, ids)

    def _keep(self) -> None:
        """Hold on to what is ours, and hear of what was stopped; each at its own interval."""
        if ending.is_asked():
            self.batch.is_over = True
        now = time.monotonic()
        if now > self._looked_at + LOOK_SECONDS:
            self._looked_at = now
            self._look()
        if now > self._renewed_at + settings.OUTBOX_LEASE_SECONDS / 4 and self._claims:
            self._renewed_at = now
            if lost := set(self._claims) - renew(self._claims.values()):
                log.warning("claims_lost", lane=self.lane, count=len(lost))
                self.batch.is_over = True
        if now > self._staffed_at + STAFF_SECONDS:
            self._staffed_at = now
            self._tend()

    def _tend(self) -> None:
        """Have the desks staffed as messages wait; where nobody can be had, take the messages back."""
        for desk in self._desks.values():
            desk.keep()
            waiting = desk.inbox.qsize()
            if waiting and desk.is_open and not self.batch.is_over:
                desk.staff(waiting)
        self._take_back()

    def _take_back(self) -> None:
        """Take messages back from desks at which nobody stands."""
        for desk in self._desks.values():
            if not desk.is_staffed:
                desk.return_all(desk.trouble)

    def _look(self) -> None:
        """Notice mailings and providers that were stopped while their messages are in hand."""
        ways = self._providers.ways()
        if not any(isinstance(ways.platform(STREAM_OF[purpose]), Route) for purpose in PURPOSES[self.lane]):
            self.batch.is_over = True
        if mailings := {ready.mark.row.mailing_id for ready in self._ready.values()}:
            stopped = Mailing.objects.filter(pk__in=mailings).exclude(held_at=None, cancelled_at=None)
            self.batch.stopped.update(stopped.values_list("pk", flat=True))


def _patiently(act: Callable[[], None]) -> None:
    """Do it again while the database is away. Marks may be written twice: they ask for the claim."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            if time.monotonic() > end:
                raise
            connection.close()
            time.sleep(0.5)
