"""Keeps child processes running: starts them, starts the dead again, tells of their errors, stops all in order."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm.stack.children import Program, keep_small, signal_group, start
from crm.stack.errors import ErrorLines

Say = Callable[[str], None]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A child that lived this long was well: its next death is the first of a new series.
WELL_AFTER = 60.0


@dataclass
class Child:
    """A program and its present process."""

    program: Program
    process: subprocess.Popen[bytes]
    errors: ErrorLines
    started: float
    deaths: int = 0
    start_again_at: float | None = None


class Supervisor:
    """All children of one `up`, in the order they were started; they are stopped in the opposite order."""

    def __init__(self, logs: Path, say: Say) -> None:
        self._logs = logs
        self._say = say
        self._stages: list[list[Child]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def log_of(self, name: str) -> Path:
        """Where the words of the child `name` go."""
        return self._logs / f"{name}.log"

    def start(self, programs: Sequence[Program]) -> list[subprocess.Popen[bytes]]:
        """Start programs that belong together: they are also stopped together."""
        stage: list[Child] = []
        self._stages.append(stage)
        for program in programs:
            log = self.log_of(program.name)
            errors = ErrorLines(log)
            stage.append(Child(program, start(program, log), errors, time.monotonic()))
        return [child.process for child in stage]

    def watch(self, done: Callable[[], bool], *, pause: float = 0.2) -> None:
        """Look after the children until `done()`."""
        while not done():
            self.look()
            time.sleep(pause)

    def look(self) -> None:
        """One round: tell of errors, keep logs small, start the dead again when their pause is over."""
        now = time.monotonic()
        for child in self._children():
            for line in child.errors.new():
                self._say(f"[{child.program.name}] {line}")
            keep_small(self.log_of(child.program.name))
            if child.start_again_at is None:
                if child.process.poll() is not None:
                    self._note_death(child, now)
            elif now >= child.start_again_at:
                child.process = start(child.program, self.log_of(child.program.name))
                child.started, child.start_again_at = now, None

    def stop(self) -> None:
        """Stop everything, last started first; what does not stop in its time is killed."""
        for stage in reversed(self._stages):
            for child in stage:
                _ask(child.process, child.program.stop_signal)
            for child in stage:
                _wait_or_kill(child)
        self._stages.clear()

    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def _note_death(self, child: Child, now: float) -> None:
        # What it started may still run: the group goes before it is started again.
        signal_group(child.process, signal.SIGKILL)
        child.deaths = 1 if now - child.started > WELL_AFTER else child.deaths + 1
        pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
        child.start_again_at = now + pause
        name, log = child.program.name, self.log_of(child.program.name)
        self._say(f"{name} ended ({_ending(child.process)}); started again in {pause:.1f} s. Its log: {log}")


def _ask(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # To the first process only: it knows how to stop its own (Celery warmly, PostgreSQL with a checkpoint).
    if process.poll() is None:
        process.send_signal(number)


def _wait_or_kill(child: Child) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(child.program.patience)
    signal_group(child.process, signal.SIGKILL)
    child.process.wait()


def _ending(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"
