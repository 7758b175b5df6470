"""A blast through the whole outbox to a loopback sink: claim, route, render, hand over, mark.

One worker process, a message of about 10 KB with eight variables and 12 counted links, the sink of
postfix (smtp-sink). In the same run: the ceiling, postfix's own smtp-source at its best number of sessions; the
design that most projects have (common_design.py); django-post-office and django-mailer as people install them
(peers/, whose environments are made on first use); and answers that take 50 ms (delaying_sink.py). A warm-up, then
the median of several runs; sizes above 100,000 run once. Ratios are what to compare: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import machine, servers, show
from benchmarks.servers import Sink, Stack

# smtp-source hands over so many to find its rate; more would only take longer.
CEILING_MESSAGES = 10_000
# Runs of larger sizes take minutes and are their own mean.
LARGE = 100_000
STAGE_MESSAGES = 10_000
PEERS = ("django_post_office", "django_mailer")
BASELINES = ("common", *PEERS)


def main() -> None:
    """Measure and print."""
    options = arguments()
    with servers.stack() as stack:
        from benchmarks import audience

        audience.contacts(max(*options.recipients, options.baseline_recipients + 100))
        print(f"{machine.described()}\n{machine.servers_described()}\n")
        for dkim in options.dkim:
            at_all_sizes(stack, options, dkim)
        for delay in options.delays:
            with_delay(stack, options, delay)
        if options.baselines:
            beside_others(stack, options)


def arguments() -> argparse.Namespace:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--recipients", type=int, nargs="+", default=[10_000], metavar="N", help="sizes of blasts (default 10000)")
    add("--runs", type=int, default=3, help="runs of each size, of which the median counts (default 3)")
    add("--connections", type=int, default=4, help="SMTP connections at most (default 4)")
    add("--dkim", nargs="+", choices=("none", "rsa", "ed25519"), default=["none"], help="signatures (default none)")
    add("--delays", type=float, nargs="*", default=[50], metavar="MS", help="also with late answers (default 50)")
    add("--delay-connections", type=int, default=50, help="connections with late answers (default 50)")
    add("--delay-recipients", type=int, default=10_000, help="messages with late answers (default 10000)")
    add("--baselines", nargs="*", choices=BASELINES, default=list(BASELINES), help="what to compare with (all)")
    add("--baseline-recipients", type=int, default=500, help="messages of a baseline (default 500)")
    add("--profile", metavar="FILE", default="", help="write the worker's cProfile there (slower)")
    return parser.parse_args()


def at_all_sizes(stack: Stack, options: argparse.Namespace, dkim: str) -> None:
    """Blasts of each size to smtp-sink, beside smtp-source; then where the worker's CPU time goes."""
    with servers.sink() as sink:
        use(sink, options.connections, dkim)
        smallest = min(options.recipients)
        length = blast(stack, sink, min(1000, smallest))["bytes"]
        show.heading(f"{length} octets a message, {options.connections} connections, signature: {dkim}")
        medians = []
        for count in sorted(options.recipients):
            runs = [one_run(stack, sink, count, length, options) for _ in range(1 if count > LARGE else options.runs)]
            medians.append(show.blasts(runs))
        show.sizes(medians, signed=dkim != "none")
        show.stages(blast(stack, sink, min(STAGE_MESSAGES, smallest), "--stages"))


def one_run(stack: Stack, sink: Sink, count: int, length: int, options: argparse.Namespace) -> dict[str, Any]:
    """A blast and the ceiling, one after the other so that both meet the same machine."""
    ceiling = servers.source_rate(sink.port, messages=min(count, CEILING_MESSAGES), length=length)
    extra = ("--profile", options.profile) if options.profile else ()
    return {**blast(stack, sink, count, *extra), "ceiling": max(ceiling.values())}


def with_delay(stack: Stack, options: argparse.Namespace, delay: float) -> None:
    """A blast to a server that answers late, beside what so many connections could do at most."""
    count = min(options.delay_recipients, max(options.recipients))
    with servers.delaying_sink(delay) as sink:
        use(sink, options.delay_connections, "none")
        runs = [blast(stack, sink, count) for _ in range(options.runs)]
    show.delayed(runs, options.delay_connections, delay)


def beside_others(stack: Stack, options: argparse.Namespace) -> None:
    """The product and each baseline, to the same sink in the same minutes."""
    count = options.baseline_recipients
    with servers.sink() as sink:
        use(sink, options.connections, "none")
        ours = [blast(stack, sink, min(options.recipients)) for _ in range(options.runs)]
        rates = {"this product": statistics.median(run["count"] / run["seconds"] for run in ours)}
        for name in options.baselines:
            rates |= {f"{name}{detail}": rate for detail, rate in baseline(name, stack, sink, count).items()}
    show.beside(rates, count)


def baseline(name: str, stack: Stack, sink: Sink, count: int) -> dict[str, float]:
    """Messages a second of one baseline, sending alone, by what was varied."""
    if name == "common":
        from benchmarks import common_design

        found = {}
        for processes in (1, os.cpu_count() or 1):
            figures = common_design.measure(sink.port, count, processes=processes)
            found[f", {processes} process(es)"] = figures.count / figures.seconds
        return found
    from benchmarks.peers import running

    peer = running.measure(name, host=stack.postgres_host, port=sink.port, count=count)
    return {"": count / peer["sending"], ", with queueing": count / (peer["sending"] + peer["queueing"])}


def use(sink: Sink, connections: int, dkim: str) -> None:
    """The sink as the only way out."""
    from benchmarks import audience

    audience.provider(sink.port, connections, dkim)


def blast(stack: Stack, sink: Sink, count: int, *extra: str) -> dict[str, Any]:
    """Queue a mailing to `count` contacts and have one worker process send it."""
    from django.db import connection

    from benchmarks import audience
    from messaging.models import Message

    mailing, queueing = audience.queue(count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message")
    meter = machine.Meter({"postgres": stack.postgres, "redis": stack.redis, "sink": sink.pid})
    command = [sys.executable, str(Path(__file__).with_name("worker.py")), *extra]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    sent = Message.objects.filter(mailing=mailing, state="sent").count()
    if done.returncode or sent != count:
        raise SystemExit(f"only {sent} of {count} were sent\n{done.stderr[-3000:]}")
    figures = json.loads(done.stdout.splitlines()[-1])
    figures |= {"count": count, "queueing": queueing, "bytes": audience.message_length(mailing)}
    return {**figures, **meter.seconds()}


if __name__ == "__main__":
    main()
