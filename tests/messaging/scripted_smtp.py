"""An SMTP server that does exactly what a test wrote down: answers, silence, or a closed connection.

A script is a list per connection of steps: `(expected beginning of the client's line, answer)`. The
answer is text, CLOSE, or SILENCE. `CONTENT` expects the message up to its final dot.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fixtures.wire import Witnessed, watch

CLOSE = "<close>"
SILENCE = "<silence>"
CONTENT = "<content>"
# Reads this much of the content and stops; the answer follows.
PART_OF_CONTENT = "<part of content>"

Step = tuple[str, str]
GREETING: Step = ("", "220 scripted.test ESMTP")
EHLO: Step = ("EHLO", "250-scripted.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 1000000")
PLAIN_EHLO: Step = ("EHLO", "250 scripted.test")
MAIL: Step = ("MAIL", "250 2.1.0 Sender ok")
RCPT: Step = ("RCPT", "250 2.1.5 Recipient ok")
DATA: Step = ("DATA", "354 Go ahead")
DONE: Step = (CONTENT, "250 2.0.0 Queued")
MESSAGE = [MAIL, RCPT, DATA, DONE]


class ScriptedServer:
    """Plays one script a connection, in order. `said` is what clients said, `contents` what they sent."""

    def __init__(self, *scripts: list[Step]) -> None:
        self.said: list[str] = []
        self.contents: list[bytes] = []
        self.surprises: list[str] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1"
        self.port: int = self._listener.getsockname()[1]
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._released.set()
        self._listener.close()
        # Wakes an accept that is waiting.
        with socket.socket() as knock:
            knock.connect_ex(("127.0.0.1", self.port))
        self._thread.join(5)

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(5)
                try:
                    self._play(connection, script)
                except OSError:
                    continue

    def _play(self, connection: socket.socket, script: list[Step]) -> None:
        buffer = b""
        for expected, answer in script:
            if expected == PART_OF_CONTENT:
                connection.recv(10)
            elif expected == CONTENT:
                while b"\r\n.\r\n" not in buffer:
                    buffer += _received(connection)
                content, _, buffer = buffer.partition(b"\r\n.\r\n")
                self.contents.append(content + b"\r\n")
            elif expected:
                while b"\r\n" not in buffer:
                    buffer += _received(connection)
                line, _, buffer = buffer.partition(b"\r\n")
                self.said.append(line.decode())
                if not line.decode().upper().startswith(expected):
                    self.surprises.append(f"expected {expected}, got {line.decode()}")
            if answer == CLOSE:
                return
            if answer == SILENCE:
                self._released.wait(5)
                return
            connection.sendall(answer.encode() + b"\r\n")
        # What is left is a goodbye.
        connection.settimeout(0.5)
        self.said += _received(connection).decode().splitlines()


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


@contextmanager
def scripted(*scripts: list[Step]) -> Iterator[ScriptedServer]:
    """A running server, stopped afterwards; the client must have said what was expected."""
    server = ScriptedServer(*scripts)
    try:
        yield server
    finally:
        server.stop()
    # What a test made up by hand has no Message-ID, and is no message.
    real = [content.replace(b"\r\n..", b"\r\n.") for content in server.contents if b"\r\nMessage-ID: " in content]
    watch(lambda: [Witnessed(raw) for raw in real])
    assert server.surprises == []
