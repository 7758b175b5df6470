"""One child process: started in a group of its own, ended with us whatever happens, its words kept in a file."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_KEPT = 10 * 1024 * 1024

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run: a name for logs, the command, its additional environment, and how it is asked to stop."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 8.0
    # Sent by the kernel when we die without stopping it.
    death_signal: signal.Signals = signal.SIGKILL
    # How much of the machine it leaves to the others when all want it (nice(2)): 0 to 19.
    niceness: int = 0


def start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start `program` with both of its outputs appended to `log`."""
    keep_small(log)
    parent = os.getpid()

    def before_exec() -> None:
        die_with_parent(program.death_signal)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)
        if program.niceness:
            give_way(program.niceness)

    with log.open("ab") as output:
        return subprocess.Popen(
            program.command,
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C at the terminal reaches only us, and we stop them in order
            preexec_fn=before_exec,  # safe: we have one thread
        )


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send us `signal_number` when the thread that started us ends (Linux; elsewhere nothing)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal_number))


def give_way(niceness: int) -> None:
    """Be nicer to others by so much, as a process and as a session.

    Where Linux groups processes by session (sched_autogroup_enabled, sched(7)), a process' own niceness counts in its
    session only, and it is the session's that others feel. Each child of ours has a session of its own.
    """
    os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal every process of a child's group; none left is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def keep_small(log: Path) -> None:
    """Copy a large log aside and empty it; the copy before it goes.

    It is emptied in place since a process may have it open, for appending: moved away, it would grow on unseen.
    """
    if log.exists() and log.stat().st_size > LOG_KEPT:
        shutil.copyfile(log, log.with_suffix(".old.log"))
        os.truncate(log, 0)
