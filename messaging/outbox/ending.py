"""Whether this worker was asked to end: a drain then hands nothing more over and gives back what it holds.

Celery's first process hears of it (SIGTERM) and would wait for its pool processes to finish their tasks, without
telling them. So it is told through a byte of memory that all of them share. A pool process may also be asked by itself
(systemd, by default, signals every process of a service): it then ends after its drain, not in the middle of it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from types import FrameType

# Anonymous and shared: made before the pool's processes are forked, which have it from then on.
_asked = mmap(-1, 1)


class _Here:
    """What this process alone knows."""

    draining = False
    asked = False


def ask() -> None:
    """Have every process of this worker end its drain. Safe in a signal handler."""
    _asked[0] = 1


def is_asked() -> bool:
    """Whether nothing more may be begun."""
    return _asked[0] != 0 or _Here.asked


def hear_signals() -> None:
    """In a pool's process: SIGTERM waits for the end of a drain that is under way."""
    signal.signal(signal.SIGTERM, _on_term)


def _on_term(number: int, frame: FrameType | None) -> None:
    _Here.asked = True
    if not _Here.draining:
        _end()


def _end() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def draining() -> Iterator[None]:
    """While a drain is under way: when it is over, the process ends if it was asked to by itself."""
    _Here.draining = True
    try:
        yield
    finally:
        _Here.draining = False
        if _Here.asked:
            _end()
