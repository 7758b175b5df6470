"""The journal of hand-overs: what a dead worker had begun and finished, kept in Redis beside each claim.

A hash for each claim holds a header (`run`), a record of each hand-over's start (`s<id>`) and end
(`f<id>`). A start is in Redis before the content leaves, so a message without one was never sent. Two
doubts are settled by the hash itself and by no clock:

- Was anything lost? The header names the run of the Redis server that took it. A Redis that was emptied
  has no header, a restarted one another run: then nothing may be concluded from a missing record.
- Is a worker that was taken for dead still sending? Whoever judges a claim first writes `closed` into the
  hash. A worker reads that field in the same breath in which it writes a start, so either the judge sees
  the start, or the worker sees that it is closed and sends nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import hiredis
import orjson
import redis
from django.conf import settings

from messaging.transports.base import Answer

# Far longer than a database may be away: a journal that is gone makes its messages uncertain.
KEPT_SECONDS = 7 * 24 * 3600
# Redis stands beside us; one that takes longer is not there.
REDIS_SECONDS = 5


Command = tuple[str | bytes | int, ...]


class JournalLost(Exception):
    """The journal cannot be written or is not ours any more: nothing more may be handed over under this claim."""


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of a hand-over: by which provider, for which list, and what was filled in."""

    provider_id: int
    list_id: int | None
    slots: str

    def packed(self) -> str:
        """As it stands in the hash."""
        return f"{self.provider_id}|{self.list_id or ''}|{self.slots}"

    @classmethod
    def unpacked(cls, text: str) -> Start:
        """Read what `packed` wrote."""
        provider_id, list_id, slots = text.split("|", 2)
        return cls(int(provider_id), int(list_id) if list_id else None, slots)


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a hand-over: the answer, when (seconds since 1970) and after how many milliseconds."""

    answer: Answer
    at: float
    milliseconds: int

    def packed(self) -> str:
        """As it stands in the hash."""
        one = self.answer
        answer = [one.outcome, one.stage, one.code, one.enhanced, one.text, one.provider_message_id, one.retry_after]
        kept = [self.at, self.milliseconds, *answer]
        try:
            return orjson.dumps(kept).decode()
        except orjson.JSONEncodeError:  # a lone surrogate, which orjson refuses
            return json.dumps(kept)

    @classmethod
    def unpacked(cls, text: str) -> Finish:
        """Read what `packed` wrote."""
        at, milliseconds, *answer = json.loads(text)
        return cls(Answer(*answer), at, milliseconds)


@dataclass(frozen=True, slots=True)
class Record:
    """What a closed journal says. Only a trusted one lets a missing start mean "never started"."""

    trusted: bool
    started: Mapping[int, Start]
    finished: Mapping[int, Finish]


def key_of(claim_id: UUID) -> str:
    """Where a claim's journal is."""
    return f"relay:journal:{claim_id}"


class Line:
    """A connection to Redis of one thread's own, with what the client library does per command left out.

    The library opens it (login, TLS, Unix socket) and hands it over. Three commands through its pipeline
    take some 150 µs of CPU, here 15, and each message needs them. Every method raises JournalLost.
    """

    def __init__(self) -> None:
        try:
            pool: Any = redis.ConnectionPool.from_url(
                settings.REDIS_URL, protocol=2, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
            )
            self._connection = pool.make_connection()
            self._connection.connect()
        except redis.RedisError as error:
            raise JournalLost(str(error)) from error
        self._socket = self._connection._sock
        self._reader = hiredis.Reader()
        self.send(("INFO", "server"))
        self.run_id = _run_id(self.receive(1)[0])

    def send(self, *commands: Command) -> None:
        """Write commands in one go; `receive` as many answers before anything else is sent."""
        self.write([_packed(command) for command in commands])

    def write(self, packed: Sequence[bytes]) -> None:
        """The same for commands that are in Redis' own form already."""
        try:
            self._socket.sendall(b"".join(packed))
        except OSError as error:
            raise JournalLost(str(error)) from error

    def receive(self, count: int) -> list[Any]:
        """The answers, in order."""
        answers: list[Any] = []
        while len(answers) < count:
            answer = self._reader.gets()
            if answer is False:
                self._read()
            elif isinstance(answer, hiredis.HiredisError):
                raise JournalLost(str(answer))
            else:
                answers.append(answer)
        return answers

    def close(self) -> None:
        """Let the connection go."""
        self._connection.disconnect()

    def _read(self) -> None:
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            raise JournalLost(str(error)) from error
        if not data:
            raise JournalLost("Redis closed the connection.")
        self._reader.feed(data)


def _packed(command: Command) -> bytes:
    """A command in Redis' own form (RESP)."""
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


def _run_id(info: bytes) -> bytes:
    for line in info.splitlines():
        if line.startswith(b"run_id:"):
            return line[len(b"run_id:") :]
    raise JournalLost("Redis does not say which run it is.")


def begin(line: Line, claim_id: UUID) -> None:
    """Write a claim's header. Raises JournalLost."""
    key = key_of(claim_id)
    line.send(("HSET", key, "run", line.run_id), ("EXPIRE", key, KEPT_SECONDS))
    line.receive(2)


def forget(line: Line, claim_ids: Sequence[UUID]) -> None:
    """Throw journals away whose outcomes are committed."""
    if claim_ids:
        line.send(("DEL", *(key_of(claim_id) for claim_id in claim_ids)))
        line.receive(1)


@dataclass
class Recorder:
    """Writes one thread's starts and ends. The end of one message travels with the start of the next."""

    line: Line
    _ended: list[bytes] = field(default_factory=list)
    _expected: int = 0
    _asked: list[UUID] = field(default_factory=list)

    def starting(self, starts: Sequence[tuple[UUID, int, Start]]) -> None:
        """Write that these hand-overs begin; `judged` is to be asked before any content leaves."""
        commands, self._ended = self._ended, []
        for claim_id, message_id, start in starts:
            commands.append(_record(_prefix(claim_id.int), b"s%d" % message_id, start.packed().encode()))
        self._asked = list({claim_id for claim_id, _, _ in starts})
        commands += map(_question, self._asked)
        self.line.write(commands)
        self._expected = len(commands)

    def judged(self) -> set[UUID]:
        """Claims that are no longer ours: judged by a sweep, or without journal. The other starts are in Redis."""
        answers, self._expected = self.line.receive(self._expected), 0
        said = answers[len(answers) - len(self._asked) :]
        return {one for one, answer in zip(self._asked, said, strict=True) if answer != [None, self.line.run_id]}

    def ended(self, claim_id: UUID, message_id: int, finish: Finish) -> None:
        """Note how a hand-over ended; written with the next start, or by `flush`."""
        self._ended.append(_record(_prefix(claim_id.int), b"f%d" % message_id, finish.packed().encode()))

    def flush(self) -> None:
        """Write what is noted, before the thread waits for anything."""
        ended, self._ended = self._ended, []
        if ended:
            self.line.write(ended)
            self.line.receive(len(ended))


@lru_cache(maxsize=64)
def _prefix(claim: int) -> bytes:
    """The part of HSET that is the same for all records of a claim, in Redis' own form. A UUID is hashed anew each
    time, in Python."""
    key = key_of(UUID(int=claim)).encode()
    return b"*4\r\n$4\r\nHSET\r\n$%d\r\n%b\r\n" % (len(key), key)


@lru_cache(maxsize=64)
def _question(claim_id: UUID) -> bytes:
    return _packed(("HMGET", key_of(claim_id), "closed", "run"))


def _record(prefix: bytes, name: bytes, value: bytes) -> bytes:
    return b"%b$%d\r\n%b\r\n$%d\r\n%b\r\n" % (prefix, len(name), name, len(value), value)


def close_and_read(line: Line, claim_id: UUID) -> Record:
    """Close a claim's journal, so that nothing more is handed over under it, and read it. Raises JournalLost."""
    key = key_of(claim_id)
    line.send(("MULTI",), ("HSET", key, "closed", "1"), ("EXPIRE", key, KEPT_SECONDS), ("HGETALL", key), ("EXEC",))
    *_, results = line.receive(5)
    flat = [part.decode() for part in results[-1]]
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    return Record(
        trusted=fields.get("run") == line.run_id.decode(),
        started={int(name[1:]): Start.unpacked(text) for name, text in fields.items() if name[0] == "s"},
        finished={int(name[1:]): Finish.unpacked(text) for name, text in fields.items() if name[0] == "f"},
    )


def now() -> float:
    """The time of an answer, in seconds since 1970."""
    return time.time()
