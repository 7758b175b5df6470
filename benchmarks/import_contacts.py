"""An import of a CSV file through the product's own job, beside COPY.

Two baselines in the same run, and they are not the same thing:

(a) COPY of the file into a bare table of text columns: no types, no index, no constraint. The floor.
(b) COPY of the very rows the import leaves (contacts, accounts, field values, tags, subscriptions,
    activity) into the tables they belong in, with all their columns, constraints, indexes and foreign
    keys. What any import into this schema pays, however it is written. The target is 4 times this.

The import runs in one worker process. Everything happens on a PostgreSQL of the benchmark's own with its
usual durability. The order is: warm-up, import, (b), (a), once for each of the runs; the median counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import machine, servers

HEADER = ("Email", "First name", "Last name", "Phone", "Company", "City", "Country", "Plan", "Monthly spend", "Tags",
          "Newsletter")  # fmt: skip
FIRST = ("Ada", "Grace", "Zoë", "Linus", "Radia", "Barbara", "Frances", "Ken", "Margaret", "Niklaus", "Sophie")
LAST = ("Lovelace", "Hopper", "Müller", "Torvalds", "Perlman", "Liskov", "Dijkstra", "Allen", "Thompson", "O'Neill")
CITIES = ("London", "Oslo", "São Paulo", "Kyoto", "Berlin", "Graz", "Lyon", "Łódź", "Austin", "Pune", "Porto")
COUNTRIES = ("Great Britain", "Norway", "Brazil", "Japan", "Germany", "Austria", "France", "Poland", "India", "Finland")
PLANS = ("Free", "Team", "Pro", "Enterprise")
TAGS = ("fair 2026", "vip", "webinar", "lead", "partner", "beta", "customer", "trial")
MAIL_HOSTS = ("gmail.com", "outlook.com", "yahoo.com", "web.de", "gmx.net", "icloud.com")
# What an import leaves, in the order of their foreign keys.
TABLES = ("contacts_account", "contacts_tag", "contacts_contact", "contacts_fieldvalue", "contacts_contacttag",
          "contacts_subscription", "contacts_activity")  # fmt: skip
TARGET = 4.0


def main() -> None:
    """Measure and print."""
    options = arguments()
    if options.worker:
        worker(options.profile)
        return
    with tempfile.TemporaryDirectory(prefix="relay-bench-") as folder, servers.stack(inside(options)):
        small, large = Path(folder, "small.csv"), Path(folder, "people.csv")
        write_file(small, 2000)
        write_file(large, options.rows)
        if options.statements:
            see_inside()
        clear()
        import_file(small, "", options)
        runs = [one_run(large, Path(folder), options) for _ in range(options.runs)]
        version = settings_of_server()
    report(runs, version, options)


def arguments() -> argparse.Namespace:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file (default 100000)")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--again", action="store_true", help="also import the same file a second time: all known")
    parser.add_argument("--chunk", type=int, default=0, help="rows a transaction (default: the product's)")
    parser.add_argument("--statements", action="store_true", help="print what each statement cost in the database")
    parser.add_argument("--profile", metavar="FILE", default="", help="write the worker's cProfile there (slower)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def one_run(file: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The import and both baselines, one after the other so that all meet the same machine."""
    clear()
    found = import_file(file, options.profile, options)
    if options.again:
        found["again"] = import_file(file, options.profile, options)["seconds"]
    found["rows_left"] = keep_rows(folder)
    clear()
    found |= copy_rows(folder)
    clear()
    found["bare"], found["bare_cpu"] = copy_file(file)
    return found


def write_file(path: Path, rows: int) -> None:
    """A file as a shop or an older system exports it; one row in 500 comes a second time, one in 1000 is broken."""
    chance = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            writer.writerow(_row(chance, number))


def _row(chance: random.Random, number: int) -> tuple[str, ...]:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    who = number if number % 500 != 499 else number - 400
    company = chance.randrange(20_000)
    host = chance.choice(MAIL_HOSTS) if chance.random() < 0.5 else f"company{company}.example"
    local = f"{first}.{last}{who}".lower().replace("ë", "e").replace("ü", "ue").replace("'", "")
    return (
        f"{local}@{host}" if number % 1000 else "unknown",
        first,
        last,
        f"+44 {chance.randrange(10**9):09d}" if chance.random() < 0.7 else "",
        f"Company No. {company}" if chance.random() < 0.8 else "",
        chance.choice(CITIES),
        chance.choice(COUNTRIES),
        chance.choice(PLANS),
        f"{chance.randrange(500_000) / 100:.2f}",
        chance.choice(TAGS),
        "yes" if chance.random() < 0.9 else "no",
    )


def import_file(path: Path, profile: str, options: argparse.Namespace) -> dict[str, Any]:
    """Set an import up as its pages do, and have one worker process do it."""
    from django.core.files.base import File

    from contacts.actions.imports import save_plan, submit_import, upload_import
    from contacts.imports.plan import Plan
    from contacts.models import Job, MailingList, User

    who, _made = User.objects.get_or_create(email="importer@example.com")
    news, _made = MailingList.objects.get_or_create(name="News")
    began = time.perf_counter()
    with path.open("rb") as file:
        job = upload_import(file=File(file), name=path.name, by=who)
    upload = time.perf_counter() - began
    decided: dict[str, Any] = {"lists": [news.pk], "consent": True}
    if options.chunk:
        decided["chunk_rows"] = options.chunk
    submit_import(job=save_plan(job=job, plan=Plan.of(job).model_copy(update=decided), by=who), by=who)
    clear_statements(options)
    server = server_cpu()
    command = [sys.executable, str(Path(__file__)), "--worker", "--profile", profile]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    job = Job.objects.get(pk=job.pk)
    if job.state != "done" or job.result["created"] + job.result["unchanged"] < job.total * 0.99:
        raise SystemExit(f"the import ended as {job.state} {job.error} {job.result}\n{done.stderr[-3000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print_statements(options, job.total)
    return {**told, "server": server_cpu() - server, "upload": upload, "rows": job.total, "result": job.result}


def worker(profile: str) -> None:
    """One worker process: do the job, and say what it took."""
    import django

    django.setup()
    from contacts import jobs

    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, cpu = time.perf_counter(), time.process_time()
    if profile:
        import cProfile

        profiler = cProfile.Profile(time.process_time)
        profiler.runcall(jobs.run_next)
        profiler.dump_stats(profile)
    else:
        jobs.run_next()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory, "memory_before": memory_before}))


def clear() -> None:
    """An empty database, without the traces of the last run."""
    from django.db import connection

    with connection.cursor() as cursor:
        others = "contacts_job, contacts_mailinglist, contacts_customfield"
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, {others} CASCADE")
        cursor.execute("CHECKPOINT")


def keep_rows(folder: Path) -> dict[str, int]:
    """Write the rows of an import to files, for COPY; and what they refer to."""
    from django.db import connection

    counts = {}
    with connection.cursor() as cursor:
        for table in ("contacts_mailinglist", "contacts_customfield", *TABLES):
            with cursor.copy(f"COPY {table} ({columns(table)}) TO STDOUT") as rows, (folder / table).open("wb") as out:
                for block in rows:
                    out.write(block)
            counts[table] = cursor.rowcount
    return counts


def columns(table: str) -> str:
    """The columns of a table that are not generated."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        return str(cursor.fetchone()[0])


def copy_rows(folder: Path) -> dict[str, float]:
    """(b): the rows into their tables; one transaction. Seconds, and the server's CPU seconds."""
    from django.db import connection, transaction

    lists = {table: columns(table) for table in ("contacts_mailinglist", "contacts_customfield", *TABLES)}
    for table in ("contacts_mailinglist", "contacts_customfield"):
        _copy_in(f"COPY {table} ({lists[table]}) FROM STDIN", folder / table)
    server, began = server_cpu(), time.perf_counter()
    found = {}
    with transaction.atomic():
        for table in TABLES:
            begun = time.perf_counter()
            _copy_in(f"COPY {table} ({lists[table]}) FROM STDIN", folder / table)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            found[table] = time.perf_counter() - begun
    return {**found, "schema": time.perf_counter() - began, "schema_cpu": server_cpu() - server}


def copy_file(path: Path) -> tuple[float, float]:
    """(a): the file into text columns. Seconds, and the server's CPU seconds."""
    from django.db import connection

    texts = ", ".join(f"c{number} text" for number in range(len(HEADER)))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_bare; CREATE TABLE bench_bare ({texts})")
    server, began = server_cpu(), time.perf_counter()
    _copy_in("COPY bench_bare FROM STDIN WITH (FORMAT csv, HEADER)", path)
    found = time.perf_counter() - began, server_cpu() - server
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_bare")
    return found


def _copy_in(statement: str, path: Path) -> None:
    from django.db import connection

    with connection.cursor() as cursor, path.open("rb") as file, cursor.copy(statement) as copy:
        while block := file.read(1024 * 1024):
            copy.write(block)


def server_cpu() -> float:
    """CPU seconds of PostgreSQL so far: its processes now and those that have ended."""
    from django.conf import settings

    pid_file = settings.PLACES.postgres_data / "postmaster.pid"
    return machine.cpu_seconds(int(pid_file.read_text().split()[0]))


def inside(options: argparse.Namespace) -> list[str]:
    """Settings by which PostgreSQL keeps the cost of statements, those of foreign keys' triggers too."""
    if not options.statements:
        return []
    return ["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=all", "track_io_timing=on"]


def see_inside() -> None:
    """Let the kept costs be read."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def clear_statements(options: argparse.Namespace) -> None:
    """Begin to count statements anew."""
    from django.db import connection

    if options.statements:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_statements_reset()")


def print_statements(options: argparse.Namespace, rows: int) -> None:
    """What each statement cost the database in this import."""
    from django.db import connection

    if not options.statements:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT calls, total_exec_time * 1000 / %s, regexp_replace(left(query, 110), '\\s+', ' ', 'g')"
            " FROM pg_stat_statements ORDER BY 2 DESC LIMIT 25",
            [rows],
        )
        for calls, cost, query in cursor.fetchall():
            print(f"{calls:7} calls {cost:8.2f} µs a row  {query}")


def settings_of_server() -> str:
    """PostgreSQL's version and the settings that matter here."""
    from django.db import connection

    names = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
        told = zip(names, cursor.fetchone(), strict=True)
    return "PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in told)


def report(runs: list[dict[str, Any]], server: str, options: argparse.Namespace) -> None:
    """The figures, and what they were measured on."""
    print(f"{machine.described()}\n{server}")
    print(f"{options.rows} rows, one worker process; µs a row, the median of {len(runs)} runs (all: in brackets)")
    print("rows left: " + ", ".join(f"{table.split('_', 1)[1]} {n}" for table, n in runs[0]["rows_left"].items()))

    def line(name: str, of: str) -> float:
        each: list[float] = [run[of] / options.rows * 1e6 for run in runs]
        print(f"  {name:46}{statistics.median(each):9.1f}  [{', '.join(f'{one:.1f}' for one in each)}]")
        return statistics.median(each)

    whole = line("import", "seconds")
    line("  CPU of the worker", "cpu")
    line("  CPU of PostgreSQL", "server")
    if options.again:
        line("import of the same file again (all known)", "again")
    line("before it: upload, detection, counting rows", "upload")
    bare = line("(a) COPY of the file into bare text columns", "bare")
    schema = line("(b) COPY of what it left into the real tables", "schema")
    line("  CPU of PostgreSQL", "schema_cpu")
    for table in TABLES:
        line(f"  of it {table}", table)
    print(f"  memory of the worker, MB: {max(run['memory'] for run in runs):.0f}"
          f" (before the job {max(run['memory_before'] for run in runs):.0f})")  # fmt: skip
    reached = "reached" if whole / schema <= TARGET else "missed"
    print(f"import / (a) = {whole / bare:.1f};  import / (b) = {whole / schema:.2f}, target {TARGET}: {reached}")


if __name__ == "__main__":
    main()
