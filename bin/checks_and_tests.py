"""What bin/test does once the environment is there: each check, then pytest, then a line for each with its time."""

import os
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "imports": ["lint-imports"],
    "types": ["mypy", "."],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run", "--settings", "tests.settings"],
    "system checks": ["python", "manage.py", "check", "--fail-level", "WARNING", "--settings", "tests.settings"],
}


def main(arguments: list[str]) -> int:
    everything = "--all" in arguments
    arguments = [word for word in arguments if word != "--all"]
    checks = CHECKS if everything or (not arguments and os.environ.get("RELAY_CHECKS") != "0") else {}
    outcomes = [(name, *run(command)) for name, command in checks.items()]
    outcomes.append(("tests", *run(["pytest", *arguments])))
    print()
    for name, good, seconds in outcomes:
        print(f"{'passed' if good else 'FAILED'}  {name} ({seconds:.0f} s)")
    return 0 if all(good for _, good, _ in outcomes) else 1


def run(command: list[str]) -> tuple[bool, float]:
    """Run one check to its end; whether it passed, and its seconds."""
    print(f"\n== {' '.join(command)}", flush=True)
    begun = time.monotonic()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    good = subprocess.run([BIN / command[0], *command[1:]], env=environment).returncode == 0
    return good, time.monotonic() - begun


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
