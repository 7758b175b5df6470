"""How long a transactional message takes from its commit to the SMTP server, while idle and during a blast.

The stack is the one that ./bin/run starts: web server, the four workers, beat. Messages of a template are committed
one by one by the product's own action, at random intervals; a sink (delaying_sink.py) notes when each has arrived,
and its answer takes as long as asked for. By the same provider a blast of 10 KB messages leaves meanwhile. Printed
beside the whole way: how much of it passed before the hand-over began (woken, claimed, rendered).
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import machine, servers

TARGET = 2.0
TEMPLATE = "password-reset"
# A probe that takes longer is lost.
PATIENCE = 60.0


@dataclass(frozen=True)
class Probe:
    """A transactional message: its address, its id, and when it was committed, by both clocks."""

    address: str
    id: int
    committed: float
    committed_at: float


@dataclass(frozen=True)
class Way:
    """Milliseconds from the commit to the beginning of the hand-over, and to the arrival."""

    before: float
    whole: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=100_000, help="messages of the blast (default 100000)")
    parser.add_argument("--probes", type=int, default=300, help="transactional messages while idle (default 300)")
    parser.add_argument("--per-second", type=float, default=10, help="transactional messages a second (default 10)")
    parser.add_argument("--connections", type=int, default=4, help="connections of the provider (default 4)")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds before each answer (default 0)")
    options = parser.parse_args()
    with servers.stack(), tempfile.NamedTemporaryFile(prefix="relay-witness-") as file:
        from benchmarks import audience

        print(f"{machine.described()}\n{machine.servers_described()}\n", flush=True)
        audience.contacts(options.recipients)
        with servers.delaying_sink(options.delay, witness=file.name) as sink:
            audience.provider(sink.port, options.connections)
            with product():
                measure(Path(file.name), options)


def measure(witness: Path, options: argparse.Namespace) -> None:
    """Idle, then during the blast."""
    from benchmarks import audience
    from messaging.models import Message

    pause = 1 / options.per_second
    ways(witness, send_probes(20, pause, lambda: True))
    idle = ways(witness, send_probes(options.probes, pause, lambda: True))
    show("idle", idle)
    mailing, _ = audience.queue(options.recipients)
    waiting = Message.objects.filter(mailing=mailing, state__in=("queued", "sending"))
    began = time.monotonic()
    probes = send_probes(100_000, pause, waiting.exists)
    seconds = time.monotonic() - began
    busy = ways(witness, probes)
    show("blast", busy)
    print(f"  the blast: {options.recipients / seconds:.0f} messages a second\n")
    ratio = percentile([way.whole for way in busy], 99) / percentile([way.whole for way in idle], 99)
    reached = "reached" if ratio <= TARGET else "MISSED"
    print(f"  {ratio:.2f} times idle at p99 (target: at most {TARGET:g}): {reached}")


@contextmanager
def product() -> Iterator[None]:
    """The processes that ./bin/run starts beside the servers, each ready."""
    import redis
    from django.conf import settings

    from crm.health import heartbeat_key
    from crm.stack import web, workers
    from crm.stack.supervisor import Supervisor

    supervisor = Supervisor(settings.PLACES.logs, print)
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    try:
        supervisor.start([web.program("127.0.0.1", servers.free_port())])
        supervisor.start(workers.programs())
        supervisor.start([workers.beat(settings.PLACES)])
        keys = [heartbeat_key(lane) for lane in settings.LANES]
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            _wait(lambda: client.exists(*keys) == len(keys), "the workers")
        yield
    finally:
        supervisor.stop()


def send_probes(most: int, pause: float, go_on: Callable[[], bool]) -> list[Probe]:
    """Commit messages at random intervals of `pause` seconds in the mean, as long as asked to."""
    chance = random.Random(1)
    sent: list[Probe] = []
    while len(sent) < most and go_on():
        sent.append(send_probe())
        time.sleep(min(chance.expovariate(1 / pause), 5 * pause))
    return sent


def send_probe() -> Probe:
    """Commit one message."""
    from django.db import transaction

    from messaging.actions.transactional import send_transactional
    from messaging.tasks import nudge

    address = f"probe{time.monotonic_ns()}@example.com"
    times: list[tuple[float, float]] = []
    with transaction.atomic():
        # The first thing after the commit, before the word that wakes a worker.
        transaction.on_commit(lambda: times.append((time.monotonic(), time.time())))
        context = {"email": address, "url": "https://crm.example/reset/1"}
        message = send_transactional(template=TEMPLATE, to=address, context=context, by=None)
        nudge(message.lane)  # as each view does that queues one
    return Probe(address, message.pk, *times[0])


def ways(witness: Path, probes: list[Probe]) -> list[Way]:
    """How long each took; waits for the last to arrive and to be marked."""
    from messaging.models import Message

    arrived: dict[str, float] = {}

    def all_there() -> bool:
        arrived.update((address, float(at)) for address, at in map(str.split, witness.read_text().splitlines()))
        return all(probe.address in arrived for probe in probes)

    _wait(all_there, "the probes")
    marked = Message.objects.filter(pk__in=[probe.id for probe in probes], sent_at__isnull=False)
    _wait(lambda: marked.count() >= len(probes), "the probes' marks")
    taken = marked.values_list("pk", "sent_at", "answer_ms")
    begins = {message_id: at.timestamp() - (milliseconds or 0) / 1000 for message_id, at, milliseconds in taken}
    return [
        Way((begins[one.id] - one.committed_at) * 1000, (arrived[one.address] - one.committed) * 1000) for one in probes
    ]


def show(name: str, found: list[Way]) -> None:
    """Percentiles of the whole way and of its first part."""
    for part, values in (("arrived", [way.whole for way in found]), ("begun", [way.before for way in found])):
        figures = "".join(
            f"{label}{percentile(values, at):8.1f}" for label, at in (("p50", 50), ("  p95", 95), ("  p99", 99))
        )
        print(f"{name:6} {part:8} {len(values):5} messages: {figures}   longest{max(values):8.1f} ms", flush=True)


def percentile(values: list[float], at: int) -> float:
    """The value that `at` of a hundred do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[at - 1]


def _wait(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come within {PATIENCE:.0f} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
