"""Opens and clicks a second, beside a view that does nothing (/healthz) in the same server.

The web server is granian as the product starts it; hits go all over many messages and all their links, by
connections that are kept. Nothing drains the hits meanwhile: that is workers' work. By turns, a warm-up, then the
median of several rounds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import load, machine, servers

TARGET = 0.6
EXPECTED = {"no-op view": "200", "open": "200", "click": "302"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000, help="messages that are opened (default 2000)")
    parser.add_argument("--requests", type=int, default=5000, help="requests a round (default 5000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default 5)")
    parser.add_argument("--connections", type=int, default=16, help="connections of the clients (default 16)")
    options = parser.parse_args()
    with servers.stack():
        print(f"{machine.described()}\n{machine.servers_described()}\n")
        paths = {"no-op view": ["/healthz"], **hits(options.messages)}
        with web_server() as (port, pid):
            report(measure(port, pid, paths, options))


def hits(count: int) -> dict[str, list[str]]:
    """Paths of opens and clicks on a mailing that was sent to so many."""
    from django.utils import timezone

    from benchmarks import audience
    from messaging.models import Message
    from messaging.tokens import message_token

    audience.contacts(count)
    mailing, _ = audience.queue(count)
    Message.objects.filter(mailing=mailing).update(state="sent", sent_at=timezone.now(), slots=[])
    tokens = [message_token(pk) for pk in Message.objects.filter(mailing=mailing).values_list("pk", flat=True)]
    return {
        "open": [f"/e/o/{token}.gif" for token in tokens],
        "click": [f"/e/c/{token}/{1 + number % 12}" for number, token in enumerate(tokens)],
    }


@contextmanager
def web_server() -> Iterator[tuple[int, int]]:
    """The product's web server; its port, and the number of its first process."""
    from django.conf import settings

    from crm.stack import web
    from crm.stack.supervisor import Supervisor

    port = servers.free_port()
    supervisor = Supervisor(settings.PLACES.logs, print)
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    (process,) = supervisor.start([web.program("127.0.0.1", port)])
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        supervisor.stop()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        try:
            if load.rate(port, ["/healthz"], requests=1, connections=1).statuses == {"200": 1}:
                return
        except subprocess.CalledProcessError:
            time.sleep(0.1)
    raise SystemExit("the web server did not start")


def measure(
    port: int, pid: int, paths: dict[str, list[str]], options: argparse.Namespace
) -> dict[str, tuple[float, float]]:
    """Requests a second and CPU seconds of the server a request, by what is asked for."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in paths}
    for number in range(options.rounds + 1):
        # By turns, so that a busy minute of the machine falls on all of them; the first round is the warm-up.
        for name, of_it in paths.items():
            meter = machine.Meter({"web": pid})
            rate = load.rate(port, of_it, requests=options.requests, connections=options.connections)
            if rate.statuses != {EXPECTED[name]: options.requests}:
                raise SystemExit(f"{name}: answered {rate.statuses}")
            if number:
                found[name].append((rate.per_second, meter.seconds()["web"] / options.requests))
    medians = {}
    for name, rounds in found.items():
        rates, costs = zip(*rounds, strict=True)
        medians[name] = (statistics.median(rates), statistics.median(costs))
    return medians


def report(found: dict[str, tuple[float, float]]) -> None:
    """The figures and whether the target is reached."""
    least = found["no-op view"][0]
    for name, (rate, cpu) in found.items():
        share = rate / least
        print(f"{name:12}{rate:8.0f} a second{cpu * 1e6:8.0f} µs of the server's CPU{share:8.2f} of the no-op view")
    for name in ("open", "click"):
        share = found[name][0] / least
        print(f"  {name}: {share:.2f} (target: at least {TARGET}): {'reached' if share >= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()
