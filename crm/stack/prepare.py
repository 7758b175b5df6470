"""What is done before the first request: the database's shape and the static files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from messaging.actions.providers import capture_by_default

# Any number that no other advisory lock of ours has.
MIGRATION_LOCK = 7_235_417


def migrate() -> None:
    """Bring the database to the code's shape, with mail captured where no provider was ever set up.

    Two machines that start at once do it one after the other.
    """
    with _advisory_lock(MIGRATION_LOCK):
        executor = MigrationExecutor(connection)
        # Django's command also goes over all permissions, which costs a second where nothing has changed.
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        capture_by_default()


def collect_static(root: Path) -> None:
    """Copy, compress and name the static files, where one has changed since the last time."""
    stamp = root / ".stamp"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)


@contextmanager
def _advisory_lock(number: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _fingerprint() -> str:
    """Names, sizes and times of all static files, as one digest."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
