"""A blast through the whole outbox to a loopback sink: claim, route, render, hand over, mark.

One worker process, a message of about 10 KB with eight variables and 12 counted links, the sink of
postfix (smtp-sink). The ceiling is postfix's own smtp-source at its best number of sessions, measured in
the same run. A warm-up, then the median of several runs. Ratios are what to compare: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import sample, servers

COUNTRIES = ("United Kingdom", "Norway", "Brazil", "Japan")


def main() -> None:
    """Measure and print."""
    options = arguments()
    if options.worker:
        worker(options.profile)
        return
    with servers.stack():
        contacts(options.recipients)
        with servers.sink() as port:
            provider(port, options.connections)
            length = blast(min(1000, options.recipients), options)["bytes"]
            runs = [one_run(port, length, options) for _ in range(options.runs)]
    report(runs, length, options)


def arguments() -> argparse.Namespace:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=10_000, help="messages in a run (default 10000)")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--connections", type=int, default=4, help="SMTP connections at most (default 4)")
    parser.add_argument("--profile", metavar="FILE", default="", help="write the worker's cProfile there (slower)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def one_run(port: int, length: int, options: argparse.Namespace) -> dict[str, Any]:
    """A blast and the ceiling, one after the other so that both meet the same machine."""
    ceiling = servers.source_rate(port, messages=options.recipients, length=length)
    return {**blast(options.recipients, options), "ceiling": max(ceiling.values()), "sessions": ceiling}


def blast(count: int, options: argparse.Namespace) -> dict[str, Any]:
    """Queue a mailing to `count` contacts and have one worker process send it."""
    from django.db import connection

    from messaging.models import Message

    mailing = queue(count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message")
    command = [sys.executable, str(Path(__file__)), "--worker", "--profile", options.profile]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    sent = Message.objects.filter(mailing=mailing, state="sent").count()
    if sent != count:
        raise SystemExit(f"only {sent} of {count} were sent\n{done.stderr[-3000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "count": count, "bytes": message_length(mailing)}


def worker(profile: str) -> None:
    """One worker process: drain the lane, and say what it took."""
    import django

    django.setup()
    from messaging.outbox.desk import close_desks
    from messaging.outbox.drain import drain_lane

    began, cpu = time.perf_counter(), time.process_time()
    if profile:
        profiled(lambda: drain_lane("campaign", seconds=3600), profile)
    else:
        drain_lane("campaign", seconds=3600)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    # The next worker finds the connections free.
    close_desks()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory}))


def profiled(act: Any, path: str) -> None:
    """Run it with cProfile: one file for the drain, one for each sender thread, by their own CPU time."""
    import cProfile

    from messaging.outbox.desk import Sender, close_desks

    profiles = [cProfile.Profile(time.thread_time)]
    original = Sender.run

    def run(self: Any) -> None:
        profiles.append(cProfile.Profile(time.thread_time))
        profiles[-1].runcall(original, self)

    Sender.run = run  # type: ignore[method-assign]
    profiles[0].runcall(act)
    close_desks()
    for number, profile in enumerate(profiles):
        profile.dump_stats(f"{path}.{number}")


def contacts(count: int) -> None:
    """Contacts with accounts and a custom field, active on one list."""
    from django.db import connection

    from contacts.models import CustomField, MailingList, Organization

    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Example Ltd", "postal_address": "1 Example Street\nLondon"}
    )
    field = CustomField.objects.create(key="plan", label="Plan")
    mailing_list = MailingList.objects.create(name="News")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_account (name, domain, website, phone, city, country, created_at, updated_at)"
            " SELECT 'Company & Sons No. ' || n, '', '', '', '', '', now(), now() FROM generate_series(1, 500) AS n"
        )
        cursor.execute(
            "INSERT INTO contacts_contact (email, first_name, last_name, phone, job_title, city, country, time_zone,"
            " account_id, score, source, created_at, updated_at)"
            " SELECT 'recipient' || n || '@example.com', (ARRAY['Ada','Grace','Zoë','Linus','Radia'])[1 + n %% 5],"
            " 'Example-' || n, '', '', 'Oslo', (%s::text[])[1 + n %% 4], '', 1 + n %% 500, 0, '', now(), now()"
            " FROM generate_series(1, %s) AS n",
            [list(COUNTRIES), count],
        )
        cursor.execute(
            "INSERT INTO contacts_fieldvalue (contact_id, field_id, text) SELECT id, %s, 'gold' FROM contacts_contact",
            [field.pk],
        )
        cursor.execute(
            "INSERT INTO contacts_subscription (contact_id, list_id, status, source, reason, created_at)"
            " SELECT id, %s, 'active', '', '', now() FROM contacts_contact",
            [mailing_list.pk],
        )
        cursor.execute("VACUUM ANALYZE")


def provider(port: int, connections: int) -> None:
    """The sink as the only way out."""
    from messaging.models import Provider

    Provider.objects.all().delete()
    config = {"host": "127.0.0.1", "port": port, "security": "none", "local_hostname": "relay.example"}
    # One connection is kept for other lanes.
    Provider.objects.create(name="sink", kind="smtp", config=config, max_connections=connections + 1)


def queue(count: int) -> Any:
    """The sample mailing, queued to the first `count` contacts."""
    from django.db.models import F

    from contacts.models import Contact
    from messaging.actions.compose import queue_blast
    from messaging.models import Mailing

    mailing = Mailing.objects.create(
        purpose="marketing",
        origin="campaign",
        name="Benchmark",
        subject=sample.SUBJECT,
        preheader=sample.PREHEADER,
        html=sample.HTML,
        from_name="Example",
        from_email="news@example.com",
    )
    audience = Contact.objects.filter(pk__lte=Contact.objects.order_by("pk").first().pk + count - 1)  # type: ignore[union-attr]
    began = time.perf_counter()
    queued = queue_blast(mailing=mailing, audience=audience.annotate(list_id=F("subscriptions__list_id")), by=None)
    print(f"queued {queued} in {time.perf_counter() - began:.2f} s", file=sys.stderr)
    return mailing


def message_length(mailing: Any) -> int:
    """Octets of one message on the wire."""
    from datetime import UTC, datetime

    from messaging.compilation import CompiledMailing
    from messaging.mime import build
    from messaging.models import Message
    from messaging.rendering import Surroundings, facts_of

    message = Message.objects.filter(mailing=mailing).order_by("pk")[0]
    compiled = CompiledMailing.from_bytes(mailing.__class__.objects.get(pk=mailing.pk).compiled)
    facts = facts_of(message, compiled, Surroundings(), auto_submitted=False, date=datetime.now(UTC))
    return len(build(compiled, message.slots, facts))


def report(runs: list[dict[str, Any]], length: int, options: argparse.Namespace) -> None:
    """The figures, and what they were measured on."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {platform.platform()}")
    print(f"{options.recipients} recipients, {length} octets a message, {options.connections} connections\n")
    print("   messages/s   CPU µs/message   memory MB   smtp-source/s   ratio")
    rows = [
        (
            run["count"] / run["seconds"],
            run["cpu"] / run["count"] * 1e6,
            run["memory"],
            run["ceiling"],
            run["count"] / run["seconds"] / run["ceiling"],
        )
        for run in runs
    ]
    for row in rows:
        print(_line(row))
    print(_line(tuple(statistics.median(column) for column in zip(*rows, strict=True))) + "   median")


def _line(row: tuple[float, ...]) -> str:
    return f"{row[0]:13.0f}{row[1]:17.0f}{row[2]:12.0f}{row[3]:16.0f}{row[4]:8.2f}"


if __name__ == "__main__":
    main()
