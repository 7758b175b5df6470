"""An SMTP server that only keeps count: quick enough to be no brake on workers, strict about what it has accepted.

A recipient is written down before the answer to the final dot leaves, as a real server has taken the message then.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from messaging.wirelint import Way
from tests.fixtures.wire import THOROUGH, Witnessed, watch

END = b"\r\n.\r\n"
TAKEN = b"250 2.0.0 Taken\r\n"


class QuickSink:
    """Listens on a free port in a thread of its own. `accepted` counts messages by recipient.

    `thinks` are seconds between a final dot and its answer: they let a blast last as long as a test of a fault needs,
    however quick the workers are, and widen the gap in which a message is taken and nobody knows of it.
    """

    def __init__(self) -> None:
        self.thinks = 0.0
        self.accepted: Counter[str] = Counter()
        # Its first hundreds and one in fifty of the rest.
        self.sample: list[Witnessed] = []
        self.taken = 0
        self.host, self.port = "127.0.0.1", 0
        self.transports: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="quick-sink")

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Close the port and all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Session(self), self.host, self.port))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for transport in list(self.transports):
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))


class _Session(asyncio.Protocol):
    def __init__(self, sink: QuickSink) -> None:
        self.sink = sink
        self.buffer = b""
        self.in_data = False
        self.is_thinking = False
        self.sender = ""
        self.recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.sink.transports.add(self.transport)
        self.transport.write(b"220 sink.test ESMTP\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.transports.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._go_on()

    def _go_on(self) -> None:
        answers = []
        while not self.is_thinking and (answer := self._step()):
            answers.append(answer)
        if answers:
            self.transport.write(b"".join(answers))

    def _step(self) -> bytes:
        if self.in_data:
            return self._content()
        line, found, rest = self.buffer.partition(b"\r\n")
        if not found:
            return b""
        self.buffer = rest
        return self._command(line)

    def _content(self) -> bytes:
        content, found, rest = self.buffer.partition(END)
        if not found:
            return b""
        self.buffer, self.in_data = rest, False
        self.sink.accepted.update(self.recipients)
        self.sink.taken += 1
        if self.sink.taken <= THOROUGH or self.sink.taken % 50 == 0:
            way = Way(self.sender, tuple(self.recipients))
            self.sink.sample.append(Witnessed(content.replace(b"\r\n..", b"\r\n.") + b"\r\n", way))
        self.recipients = []
        if self.sink.thinks:
            self.is_thinking = True
            asyncio.get_running_loop().call_later(self.sink.thinks, self._thought)
            return b""
        return TAKEN

    def _thought(self) -> None:
        self.is_thinking = False
        self.transport.write(TAKEN)
        self._go_on()

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
        if verb == b"RCPT":
            self.recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
        elif verb == b"DATA":
            self.in_data = True
            return b"354 Go on\r\n"
        elif verb in (b"MAIL", b"RSET"):
            self.recipients = []
            self.sender = line.partition(b"<")[2].partition(b">")[0].decode()
        elif verb == b"QUIT":
            self.transport.close()
        return b"250 2.1.0 Fine\r\n"


@pytest.fixture
def quick_sink() -> Iterator[QuickSink]:
    """A sink for thousands of messages; many of them are checked like all mail of the tests."""
    sink = QuickSink()
    sink.start()
    watch(lambda: sink.sample)
    yield sink
    sink.stop()
