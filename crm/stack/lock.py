"""One `up` a data folder: a lock held by the kernel, so it cannot be left behind by a process that died."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.stack.failures import CannotStart


@contextmanager
def only_one(path: Path, address: str) -> Iterator[None]:
    """Hold the data folder while the block runs. Raises CannotStart where another process holds it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise CannotStart(f"The data folder {path.parent} cannot be written: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise CannotStart(
                f"Relay is already running on {path.parent} ({holder}). "
                "Stop it first, or choose another folder: --data DIR"
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, {address}\n")
        file.flush()
        yield
        file.truncate(0)
