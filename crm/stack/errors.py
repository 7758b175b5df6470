"""The lines of a child's log that the person at the terminal should see."""

import json
from collections.abc import Iterator
from pathlib import Path

# How much of a log is read at once; more than that since the last look is skipped over.
MOST = 64 * 1024


class ErrorLines:
    """Reads what was added to a log since the last look and picks the errors."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._at = log.stat().st_size if log.exists() else 0

    def new(self) -> Iterator[str]:
        """The error lines since the last call, shortened; a log that was moved aside is read from its start."""
        size = self._log.stat().st_size if self._log.exists() else 0
        if size < self._at:
            self._at = 0
        if size == self._at:
            return
        with self._log.open("rb") as file:
            file.seek(max(self._at, size - MOST))
            text = file.read(MOST)
        # A line still being written waits for the next look.
        whole, _, rest = text.rpartition(b"\n")
        self._at = size - len(rest)
        for line in whole.decode(errors="replace").splitlines():
            if shown := error_in(line):
                yield shown


def error_in(line: str) -> str:
    """What to show of a log line; empty when it is no error. JSON lines of ours, plain ones of the servers."""
    if line.startswith("{"):
        try:
            fields = json.loads(line)
        except ValueError:
            return ""
        if fields.get("level") not in ("error", "critical"):
            return ""
        reason = str(fields.get("exception", "")).strip().rsplit("\n", 1)[-1]
        return f"{fields.get('event', '')} {reason}".strip()[:400]
    plain = any(word in line for word in ("FATAL:", "PANIC:", "Error:", "CRITICAL", "[ERROR]"))
    # PostgreSQL says FATAL to each client it turns away while it stops or starts; that is no error of ours.
    return line[:400] if plain and "the database system is" not in line else ""
