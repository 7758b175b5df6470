"""A load generator for HTTP/1.1: connections that are kept, each asking again as soon as it is answered.

It runs in a process of its own, started by `rate`; one request costs it some 30 µs.
"""

from __future__ import annotations

import argparse
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


@dataclass(frozen=True)
class Rate:
    """Requests a second, and how often each status was answered."""

    per_second: float
    statuses: dict[str, int]


def rate(port: int, paths: Sequence[str], *, requests: int, connections: int) -> Rate:
    """Ask for these paths in turn, so many times in all. Raises CalledProcessError where a connection is lost."""
    command = [sys.executable, str(Path(__file__)), "--port", str(port), "--requests", str(requests)]
    command += ["--connections", str(connections)]
    done = subprocess.run(command, input="\n".join(paths), check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return Rate(found["per_second"], found["statuses"])


class Asker:
    """One connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.socket.sendall(request)

    def answer(self) -> str:
        """The status of an answer that is whole, or nothing yet. Raises ConnectionError when there will be none."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return ""
        length = LENGTH.search(head)
        if length and len(body) < int(length[1]):
            return ""
        # Answers without a length have no body (204); those of the views that are measured are never chunked.
        self._buffer = b""
        return head[9:12].decode()


def run(port: int, requests: Sequence[bytes], total: int, connections: int) -> Rate:
    """The rate over all requests."""
    selector = selectors.DefaultSelector()
    statuses: Counter[str] = Counter()
    sent = 0
    began = time.perf_counter()
    for _ in range(connections):
        asker = Asker(port)
        selector.register(asker.socket, selectors.EVENT_READ, asker)
        asker.ask(requests[sent % len(requests)])
        sent += 1
    while statuses.total() < total:
        for key, _ in selector.select():
            if status := key.data.answer():
                statuses[status] += 1
                if sent < total:
                    key.data.ask(requests[sent % len(requests)])
                    sent += 1
    return Rate(total / (time.perf_counter() - began), dict(statuses))


def main() -> None:
    """Read paths from standard input, one a line, and print the rate as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    head = f"HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\nAccept-Language: en\r\n\r\n"
    requests = [f"GET {path} {head}".encode() for path in sys.stdin.read().split()]
    found = run(options.port, requests, options.requests, min(options.connections, options.requests))
    print(json.dumps({"per_second": found.per_second, "statuses": found.statuses}))


if __name__ == "__main__":
    main()
