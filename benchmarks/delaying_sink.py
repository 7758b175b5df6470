"""An SMTP server that throws mail away and answers after a set time, as one far away does.

Each answer leaves so many milliseconds after its command came in, whatever else is under way on that connection:
that is a long line, not a slow server, so commands that were pipelined are answered together. One thread and one
selector, some 40 µs a message, so that hundreds of connections cost the machine little. postfix's smtp-sink can
only wait for whole seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import selectors
import socket
import time
from collections import deque
from pathlib import Path
from typing import TextIO

END = b"\r\n.\r\n"
CAPABILITIES = b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
# Local parts that begin so are noted in the witness' file.
PROBE = b"probe"


class Session:
    """One connection: what has come in and is not answered yet."""

    __slots__ = ("_buffer", "_in_data", "_recipients", "_witness", "is_over", "socket")

    def __init__(self, connection: socket.socket, witness: TextIO | None) -> None:
        self.socket = connection
        self.is_over = False
        self._witness = witness
        self._buffer = b""
        self._in_data = False
        self._recipients: list[bytes] = []

    def take(self, data: bytes) -> bytes:
        """The answers to what came in, in order."""
        self._buffer += data
        answers = b""
        while answer := self._content() if self._in_data else self._command():
            answers += answer
        return answers

    def _content(self) -> bytes:
        # The dot may follow DATA at once, whose line end is then the first of the five (RFC 5321 section 4.1.1.4).
        if self._buffer.startswith(END[2:]):
            self._buffer = self._buffer[3:]
        elif (found := self._buffer.find(END)) >= 0:
            self._buffer = self._buffer[found + len(END) :]
        else:
            return b""
        self._in_data = False
        if self._witness:
            self._note(self._witness)
        return b"250 2.0.0 Taken\r\n"

    def _note(self, witness: TextIO) -> None:
        at = time.monotonic()
        for recipient in self._recipients:
            if recipient.startswith(PROBE):
                witness.write(f"{recipient.decode()} {at:.6f}\n")
                witness.flush()

    def _command(self) -> bytes:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return b""
        self._buffer = rest
        verb = line[:4].upper()
        if verb == b"EHLO":
            return CAPABILITIES
        if verb == b"DATA":
            self._in_data = True
            return b"354 Go on\r\n"
        if verb == b"QUIT":
            self.is_over = True
            return b"221 2.0.0 Bye\r\n"
        if verb == b"RCPT":
            self._recipients.append(line.partition(b"<")[2].partition(b">")[0])
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
        return b"250 2.1.0 Fine\r\n"


class Server:
    """All connections, and the answers that are on their way."""

    def __init__(self, port: int, delay: float, witness: TextIO | None) -> None:
        self._delay = delay
        self._witness = witness
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        # Every answer waits equally long: the first in is the first out.
        self._late: deque[tuple[float, Session, bytes]] = deque()

    def serve(self) -> None:
        """Until the process is ended."""
        while True:
            pause = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
            for key, _ in self._selector.select(pause):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
            self._answer()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(connection, self._witness)
        self._selector.register(connection, selectors.EVENT_READ, session)
        self._send_late(session, b"220 sink.test ESMTP\r\n")

    def _read(self, session: Session) -> None:
        try:
            data = session.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(session)
        elif answers := session.take(data):
            self._send_late(session, answers)

    def _send_late(self, session: Session, answers: bytes) -> None:
        self._late.append((time.monotonic() + self._delay, session, answers))

    def _answer(self) -> None:
        now = time.monotonic()
        while self._late and self._late[0][0] <= now:
            _, session, answers = self._late.popleft()
            # Answers are some hundred octets and their reader waits for them: they always fit.
            with contextlib.suppress(OSError):
                session.socket.send(answers)
            if session.is_over:
                self._close(session)

    def _close(self, session: Session) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(session.socket)
        session.socket.close()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds before each answer (default 0)")
    parser.add_argument("--witness", default="", help="a file for recipient and arrival of mail to probe…@")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    witness = Path(options.witness).open("a") if options.witness else None  # noqa: SIM115 - for as long as we live
    Server(options.port, options.delay / 1000, witness).serve()


if __name__ == "__main__":
    main()
