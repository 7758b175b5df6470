"""An SMTP server on loopback that fails at each stage as a test asks, and counts what it has accepted by recipient.

`faults` says what happens to a message: by its recipient at RCPT, DATA and the end of data, by its sender at MAIL.
`opening` says what happens to every connection, at "greeting" or "ehlo". A fault is an answer ("451 4.2.0 Later"; a
421 ends the connection), or one of the words below.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from messaging.wirelint import lint

CUT = "cut"  # the connection ends without an answer
SILENT = "silent"  # no answer, ever
TAKEN_CUT = "taken, cut"  # at the end of data: the message is taken, and the connection ends
TAKEN_SILENT = "taken, silent"
UNREAD = "unread"  # at DATA: "go ahead", and nothing is read any more

STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "end_of_data")


class FaultySmtp:
    """Listens on a free port, in a thread of its own."""

    def __init__(self, *, pipelining: bool = True) -> None:
        self.pipelining = pipelining
        self.opening: dict[str, str] = {}
        self.faults: dict[str, tuple[str, str]] = {}
        self.accepted: Counter[str] = Counter()
        self.connections = 0
        # Open now, and the most that were at once.
        self.open = self.most_open = 0
        # Messages accepted over each connection, in the order of their opening.
        self.per_connection: list[int] = []
        self.sample: list[bytes] = []
        self.host, self.port = "127.0.0.1", 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="faulty-smtp")

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Close the port and all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def well(self) -> None:
        """From now on everything succeeds."""
        self.opening, self.faults = {}, {}

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Session(self), self.host, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()


class _Session(asyncio.Protocol):
    def __init__(self, server: FaultySmtp) -> None:
        self.server = server
        self.buffer = bytearray()
        self.in_data = self.is_dead = False
        self.recipient = ""
        self.number = self.searched = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        server = self.server
        self.number = server.connections
        server.connections += 1
        server.per_connection.append(0)
        server.open += 1
        server.most_open = max(server.most_open, server.open)
        self._say(server.opening.get("greeting", "220 faulty.test ESMTP"))

    def connection_lost(self, error: Exception | None) -> None:
        self.server.open -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.is_dead and (self._content() if self.in_data else self._line()):
            pass

    def _say(self, answer: str) -> None:
        if answer == SILENT:
            self.is_dead = True
        elif answer == CUT:
            self.is_dead = True
            self.transport.close()
        else:
            self.transport.write(answer.encode() + b"\r\n")
            if answer.startswith("421"):
                self.is_dead = True
                self.transport.close()

    def _fault(self, who: str, stage: str) -> str:
        at, answer = self.server.faults.get(who, ("", ""))
        return answer if at == stage else ""

    def _line(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        verb = line[:4].upper().decode()
        address = line.partition(b"<")[2].partition(b">")[0].decode()
        self._say(getattr(self, f"_{verb.lower()}", self._other)(address))
        if verb == "QUIT":
            self.transport.close()
        return True

    def _ehlo(self, address: str) -> str:
        offers = "250-PIPELINING\r\n" if self.server.pipelining else ""
        return self.server.opening.get("ehlo", f"250-faulty.test\r\n{offers}250 ENHANCEDSTATUSCODES")

    def _mail(self, address: str) -> str:
        self.recipient = ""
        return self._fault(address, "mail") or "250 2.1.0 Fine"

    def _rcpt(self, address: str) -> str:
        fault = self._fault(address, "rcpt")
        self.recipient = "" if fault else address
        return fault or "250 2.1.5 Fine"

    def _data(self, address: str) -> str:
        if not self.recipient:
            return "503 5.5.1 No recipients"
        fault = self._fault(self.recipient, "data")
        if fault == UNREAD:
            self.transport.pause_reading()
            fault = ""
        self.in_data = not fault
        return fault or "354 Go on"

    def _other(self, address: str) -> str:
        self.recipient = ""
        return "250 2.0.0 Fine"

    def _content(self) -> bool:
        end = self.buffer.find(b"\r\n.\r\n", self.searched)
        if end < 0:
            self.searched = max(0, len(self.buffer) - 5)
            return False
        content = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self.searched, self.in_data = 0, False
        fault = self._fault(self.recipient, "end_of_data")
        if not fault or fault in (TAKEN_CUT, TAKEN_SILENT):
            self.server.accepted[self.recipient] += 1
            self.server.per_connection[self.number] += 1
            if len(self.server.sample) < 20 and len(content) < 1_000_000:
                self.server.sample.append(content)
        self._say({TAKEN_CUT: CUT, TAKEN_SILENT: SILENT}.get(fault, fault) or "250 2.0.0 Taken")
        return True


@contextmanager
def faulty_smtp(*, pipelining: bool = True) -> Iterator[FaultySmtp]:
    """A running server; what it accepted is checked like all mail of the tests."""
    server = FaultySmtp(pipelining=pipelining)
    server.start()
    try:
        yield server
    finally:
        server.stop()
    for raw in server.sample:
        purpose = "marketing" if b"List-Unsubscribe" in raw else "transactional"
        assert lint(raw, purpose=purpose) == []
