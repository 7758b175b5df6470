"""A socket that speaks lines: replies read with a time-out each, TLS, and an exact count of what was sent."""

from __future__ import annotations

import socket
import ssl
from time import monotonic

from messaging.smtp.replies import Reply, reply_from
from messaging.smtp.settings import SmtpSettings

# A reply line has 512 octets (RFC 5321 section 4.5.3.1.5); servers write longer ones. A bound, all the same.
MAX_REPLY = 64 * 1024


class ConnectionLost(Exception):
    """The connection ended, or the server was silent or talked no SMTP. `sent`: octets it took of a write."""

    def __init__(self, text: str, *, sent: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent


class Connection:
    """One connection; any error of the network comes out as ConnectionLost."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._buffer = b""
        try:
            self._socket = socket.create_connection((settings.host, settings.port), settings.timeouts.connect)
        except OSError as error:
            raise ConnectionLost(_words(error)) from error
        # Small writes follow large ones: without this, Nagle and delayed acknowledgement cost 40 ms each.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        except (OSError, ValueError) as error:
            self.close()
            raise ConnectionLost(f"TLS: {_words(error)}") from error

    def write(self, data: bytes, timeout: float) -> None:
        """Send everything; on failure the exception says how much the network had taken from us."""
        sent = 0
        view = memoryview(data)
        try:
            self._socket.settimeout(timeout)
            while sent < len(data):
                sent += self._socket.send(view[sent : sent + 262_144])
        except OSError as error:
            raise ConnectionLost(_words(error), sent=sent) from error

    def read(self, timeout: float) -> Reply:
        """The next reply, whole within `timeout` seconds, however slowly it drips."""
        until = monotonic() + timeout
        lines: list[str] = []
        total = 0
        while not lines or lines[-1][3:4] == "-":
            lines.append(self._line(until))
            total += len(lines[-1])
            if total > MAX_REPLY:
                raise ConnectionLost("The server's reply had no end.")
        try:
            return reply_from(tuple(lines))
        except ValueError as error:
            raise ConnectionLost(f"The server did not speak SMTP: {error}") from error

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _line(self, until: float) -> str:
        while b"\n" not in self._buffer:
            try:
                # A time-out of nought would mean not to wait at all, which is another error.
                self._socket.settimeout(max(until - monotonic(), 0.001))
                received = self._socket.recv(8192)
            except OSError as error:
                raise ConnectionLost(_words(error)) from error
            if not received:
                raise ConnectionLost("The server closed the connection.")
            self._buffer += received
            if len(self._buffer) > MAX_REPLY:
                raise ConnectionLost("The server's reply had no end.")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")


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
