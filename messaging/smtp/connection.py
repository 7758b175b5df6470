"""A socket that speaks lines: replies read with a time-out each, TLS, and an exact count of what was sent.

Reading and writing are generators (`Talk`) that do what can be done at once and yield what they wait for. So one
thread can hold many conversations (messaging.outbox.switchboard), and `finish` holds a single one to its end.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Generator
from functools import lru_cache
from time import monotonic
from typing import TypeVar

from messaging.smtp.replies import Reply, reply_from
from messaging.smtp.settings import SmtpSettings

# A reply line has 512 octets (RFC 5321 section 4.5.3.1.5); servers write longer ones. A bound, all the same.
MAX_REPLY = 64 * 1024
# How much is offered to the network at once; the time-out of a write is for each such piece.
PIECE = 262_144

T = TypeVar("T")
# Whether to wait until the socket can be written to, not read from; and the monotonic time at which that is over.
Want = tuple[bool, float]
# Resumed when the wait is over; TimeoutError is thrown into it when its time is up.
Talk = Generator[Want, None, T]


class ConnectionLost(Exception):
    """The connection ended, or the server was silent or talked no SMTP. `sent`: octets it took of a write."""

    def __init__(self, text: str, *, sent: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent


class Connection:
    """One connection; any error of the network comes out as ConnectionLost. Opening it blocks."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._buffer = b""
        try:
            self._socket = socket.create_connection((settings.host, settings.port), settings.timeouts.connect)
        except OSError as error:
            raise ConnectionLost(_words(error)) from error
        # Small writes follow large ones: without this, Nagle and delayed acknowledgement cost 40 ms each.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._is_plain = True
        if settings.security == "tls":
            self.start_tls()

    def start_tls(self) -> None:
        """Go over to TLS with the server's certificate checked against its name."""
        if self._buffer:
            # What came before the handshake was not said by whom the certificate names (CVE-2011-0411).
            raise ConnectionLost("The server sent more in the clear after agreeing to TLS.")
        try:
            self._socket.settimeout(self._settings.timeouts.greeting)
            self._socket = _context(self._settings).wrap_socket(self._socket, server_hostname=self._settings.host)
            self._socket.setblocking(False)
            self._is_plain = False
        except (OSError, ValueError) as error:
            self.close()
            raise ConnectionLost(f"TLS: {_words(error)}") from error

    def fileno(self) -> int:
        """The socket's number, for whoever waits on several."""
        return self._socket.fileno()

    def write(self, data: bytes, timeout: float) -> None:
        """Send everything; on failure the exception says how much the network had taken from us."""
        self.finish(self.writing(data, timeout))

    def read(self, timeout: float) -> Reply:
        """The next reply, whole within `timeout` seconds, however slowly it drips."""
        return self.finish(self.reading(timeout))

    def finish(self, talk: Talk[T]) -> T:
        """Hold a conversation to its end, waiting where it waits."""
        try:
            want = next(talk)
            while True:
                want = next(talk) if self._wait(*want) else talk.throw(TimeoutError())
        except StopIteration as end:
            result: T = end.value
            return result

    def writing(self, data: bytes, timeout: float) -> Talk[None]:
        """`write` as a conversation."""
        sent = 0
        view = memoryview(data)
        try:
            while sent < len(data):
                try:
                    sent += self._socket.send(view[sent : sent + PIECE])
                    continue
                except (BlockingIOError, ssl.SSLWantWriteError):
                    to_write = True
                except ssl.SSLWantReadError:
                    to_write = False
                yield to_write, monotonic() + timeout
        except OSError as error:
            raise ConnectionLost(_words(error), sent=sent) from error

    def reading(self, timeout: float) -> Talk[Reply]:
        """`read` as a conversation."""
        until = monotonic() + timeout
        lines: list[bytes] = []
        total = 0
        while not lines or lines[-1][3:4] == b"-":
            while b"\n" not in self._buffer:
                yield from self._more(until)
            line, _, self._buffer = self._buffer.partition(b"\n")
            lines.append(line)
            total += len(line)
            if total > MAX_REPLY:
                raise ConnectionLost("The server's reply had no end.")
        return _reply(tuple(lines))

    def at_hand(self) -> Reply | None:
        """The next reply if it has come already and is one line, as most are: no wait, no conversation."""
        line, end, rest = self._buffer.partition(b"\n")
        if not end or line[3:4] == b"-":
            return None
        self._buffer = rest
        return _reply((line,))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _more(self, until: float) -> Talk[None]:
        try:
            if self._is_plain:
                # What was asked a moment ago is hardly answered yet. TLS may hold an answer that no wait would show.
                yield False, until
            while True:
                try:
                    received = self._socket.recv(8192)
                    break
                except (BlockingIOError, ssl.SSLWantReadError):
                    to_write = False
                except ssl.SSLWantWriteError:
                    to_write = True
                yield to_write, until
        except OSError as error:
            raise ConnectionLost(_words(error)) from error
        if not received:
            raise ConnectionLost("The server closed the connection.")
        self._buffer += received
        if len(self._buffer) > MAX_REPLY:
            raise ConnectionLost("The server's reply had no end.")

    def _wait(self, to_write: bool, until: float) -> bool:
        """Whether what is waited for came about in time."""
        if self._socket.fileno() < 0:
            return True  # closed: the next call on it says so
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT if to_write else select.POLLIN)
        return bool(poll.poll(max(until - monotonic(), 0) * 1000))


@lru_cache(maxsize=256)
def _reply(lines: tuple[bytes, ...]) -> Reply:
    try:
        return reply_from(tuple([line.rstrip(b"\r").decode("utf-8", "replace") for line in lines]))
    except ValueError as error:
        raise ConnectionLost(f"The server did not speak SMTP: {error}") from error


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _words(error: OSError | ValueError) -> str:
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate was not accepted: {error.verify_message}"
    return str(getattr(error, "strerror", "") or error) or type(error).__name__
