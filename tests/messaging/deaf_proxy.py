"""A way to PostgreSQL that loses answers: a COMMIT gets through and is done, and who asked for it never hears so.

It stands on a Unix socket in a folder of its own and knows two things of the protocol: a simple query is `Q`, four
bytes of length and the text (PostgreSQL manual, "Message Formats"), and psycopg commits by one.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class DeafProxy:
    """Passes everything on; of every `loses`-th COMMIT it waits for the answer and hangs up instead. 0 loses none."""

    def __init__(self, real: Path, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.loses = 0
        self.lost = 0
        self._real = str(real / SOCKET)
        self._commits = 0
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen(50)

    def start(self) -> None:
        """Begin to take connections, each in a thread."""
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        """Take no more."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=[client], daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self._real)
            while True:
                readable, _, _ = select.select([client, server], [], [])
                for source, target in ((client, server), (server, client)):
                    if source not in readable:
                        continue
                    if not (data := source.recv(65536)):
                        return
                    target.sendall(data)
                    if source is client and data.endswith(COMMIT) and self._is_to_be_lost():
                        server.recv(65536)
                        return

    def _is_to_be_lost(self) -> bool:
        with self._lock:
            self._commits += 1
            lose = bool(self.loses) and self._commits % self.loses == 0
            self.lost += lose
            return lose
