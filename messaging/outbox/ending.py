"""Whether this worker was asked to end: a drain then hands nothing more over and gives back what it holds.

Celery's first process hears of it (SIGTERM) and would wait for its pool processes to finish their tasks, without
telling them. So it is told through a byte of memory that all of them share. A pool process may also be asked by itself
(systemd, by default, signals every process of a service): it then ends after its drain, not in the middle of it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from types import FrameType

# Anonymous and shared: made before the pool's processes are forked, which have it from then on.
_asked = mmap(-1, 1)


class _Here:
    """What this process alone knows."""

    asked = False


def ask() -> None:
    """Have every process of this worker end its drain. Safe in a signal handler."""
    _asked[0] = 1


def is_asked() -> bool:
    """Whether nothing more may be begun."""
    return _asked[0] != 0 or _Here.asked


@contextmanager
def draining() -> Iterator[None]:
    """While a drain is under way, SIGTERM to this process waits for its end.

    The pool would leave by an exception out of whatever line the signal met, with results in hand. Its own handler is
    there again afterwards, and gets the signal then.
    """
    if threading.current_thread() is not threading.main_thread():  # where Python lets nobody change handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, _on_term)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)
        if _Here.asked:
            _Here.asked = False
            os.kill(os.getpid(), signal.SIGTERM)


def _on_term(number: int, frame: FrameType | None) -> None:
    _Here.asked = True
