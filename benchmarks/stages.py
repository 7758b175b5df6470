"""How the CPU time of the worker is shared among the stages of sending, by a stopwatch around a few functions.

Time inside a stage that another one calls belongs to that other one alone. A stopwatch costs about half a
microsecond a call, so a run with it is a run of its own and its rate is not quoted.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

# Which functions make up a stage: `module:name` or `module:Class.method`. What is in none of them is "other".
STAGES: dict[str, tuple[str, ...]] = {
    "claim": ("messaging.outbox.claim:Claimer.take",),
    "route + render": ("messaging.outbox.prepare:prepare",),
    "build": ("messaging.transports.smtp:SmtpTransport.prepare",),
    "sign": ("messaging.dkim.keyring:Keyring.sign",),
    "hand over": (
        "messaging.outbox.switchboard:Switchboard._go_on",
        "messaging.outbox.switchboard:Switchboard._listen",
    ),
    "journal": (
        "messaging.outbox.journal:begin",
        "messaging.outbox.journal:forget",
        "messaging.outbox.journal:Recorder.starting",
        "messaging.outbox.journal:Recorder.judged",
        "messaging.outbox.journal:Recorder.ended",
        "messaging.outbox.journal:Recorder.flush",
    ),
    "mark": ("messaging.outbox.mark:write",),
}


class Stopwatch:
    """CPU seconds by stage, over all threads."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._threads = threading.local()
        self._lock = threading.Lock()

    def install(self) -> None:
        """Put the stopwatch around every stage's functions, wherever they were imported to."""
        for stage, names in STAGES.items():
            for name in names:
                _replace(name, partial(self._timed, stage))

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            inner: list[float] = self._threads.__dict__.setdefault("inner", [])
            inner.append(0.0)
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - began
                own = spent - inner.pop()
                if inner:
                    inner[-1] += spent
                with self._lock:
                    self.seconds[stage] += own

        return timed


def _replace(name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module_name, _, path = name.partition(":")
    module: Any = importlib.import_module(module_name)
    owner_name, _, method = path.rpartition(".")
    if owner_name:
        owner = getattr(module, owner_name)
        setattr(owner, method, make(getattr(owner, method)))
        return
    original = getattr(module, path)
    replacement = make(original)
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("messaging.") and getattr(other, path, None) is original:
            setattr(other, path, replacement)
