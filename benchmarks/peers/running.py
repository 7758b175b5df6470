"""Makes a peer's environment on first use, and has it send the sample mailing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import sample
from benchmarks.as_django import compiled, sources
from messaging.tokens import message_token, purpose_token

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Not committed, and kept for the next run.
ENVIRONMENTS = ROOT / "var" / "benchmarks"
PEERS = ("django_post_office", "django_mailer")
WARM_UP = 20


def measure(peer: str, *, host: str, port: int, count: int) -> dict[str, float]:
    """Seconds of queueing and of sending `count` messages to the sink at `port`, CPU seconds and peak memory.

    `host` is where PostgreSQL is reached. Twenty messages go first, as a warm-up of the servers.
    """
    python = _environment(peer)
    _run(peer, python, _order(peer, host, port, WARM_UP))
    return _run(peer, python, _order(peer, host, port, count))


def _order(peer: str, host: str, port: int, count: int) -> dict[str, Any]:
    name = f"peer_{peer}"
    with psycopg.connect(host=host, user="relay", dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return {
        "database": {"NAME": name, "USER": "relay", "HOST": host},
        "port": port,
        "recipients": [_values(number) for number in range(count)],
        **asdict(sources(compiled())),
    }


def _values(number: int) -> dict[str, Any]:
    tokens = {"token": message_token(number), "leave": purpose_token("unsubscribe", number)}
    return {**sample.recipient(number), **tokens}


def _run(peer: str, python: Path, order: dict[str, Any]) -> dict[str, float]:
    command = [str(python), "-m", f"benchmarks.peers.{peer}.send"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(order), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{peer} failed\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _environment(peer: str) -> Path:
    """The Python of the peer's environment. Its name holds a hash of what is installed in it."""
    requirements = HERE / peer / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = ENVIRONMENTS / f"{peer}-{digest}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(f"installing {peer} into {folder.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)]
        subprocess.run(install, check=True)
        ready.touch()
    return python
