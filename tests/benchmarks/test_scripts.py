"""The benchmarks can be started: each says what it takes, and a small blast goes through all of its parts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ("blast", "build_message", "import_contacts", "latency", "tracking")


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{script}.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_says_what_it_takes(script: str) -> None:
    assert "--help" in run(script, "--help")


def test_an_option_that_is_none_is_refused() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "blast.py"), "--baselines", "nothing-like-it"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "invalid choice" in done.stderr


@pytest.mark.stack
def test_a_small_blast_arrives_and_its_stages_are_found() -> None:
    small = ["--recipients", "50", "--runs", "1", "--dkim", "ed25519", "--baselines"]
    shown = run("blast", *small, "--delays", "5", "--delay-connections", "2")
    stages = shown.partition("by stage")[2]
    for stage in ("claim", "route + render", "build", "sign", "hand over", "journal", "mark"):
        line = next(line for line in stages.splitlines() if line.strip().startswith(stage))
        assert line.split()[-4:-2] != ["0", "µs"], line
    assert "of connections ÷ round-trip time" in shown
