"""`manage.py up` starts everything, keeps it running, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from crm.stack import readiness
from crm.stack.places import Places
from messaging.models import Provider
from tests.fixtures.processes import free_port
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink
from tests.messaging.quick_sink import quick_sink as quick_sink

TOP = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.stack


@dataclass
class Up:
    """One running `up`, as somebody at a terminal has it."""

    data: Path
    port: int
    process: subprocess.Popen[str]

    @property
    def output(self) -> str:
        return (self.data / "output").read_text()

    def wait(self, condition: Callable[[], object], patience: float = 240) -> None:
        end = time.monotonic() + patience
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        found = [each for each in self.family() if all(word in " ".join(each.cmdline()) for word in words)]
        assert found, words
        return found[0]


def start(data: Path, port: int, **further: str) -> Up:
    data.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RELAY_", "BASE_URL"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "RELAY_ENV_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        **further,
    }
    command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port), "--data", str(data)]
    with (data / "output").open("a") as output:
        process = subprocess.Popen(command, cwd=TOP, env=environment, stdout=output, stderr=output, text=True)
    return Up(data, port, process)


@pytest.fixture
def database_of(django_db_blocker: Any) -> Callable[[Path], AbstractContextManager[None]]:
    """Have this test's own connection lead to the database of a running `up`."""

    @contextmanager
    def lead_to(data: Path) -> Iterator[None]:
        before = dict(connection.settings_dict)
        connection.settings_dict |= {"HOST": str(Places(data).postgres_run), "NAME": "relay"}
        with django_db_blocker.unblock():
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict |= {name: before[name] for name in ("HOST", "NAME")}

    return lead_to


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("up") / "var"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def up(folder: Path) -> Iterator[Up]:
    """One start shared by the tests of this file: it takes seconds."""
    up = start(folder, free_port())
    try:
        up.wait(lambda: "Relay is running" in up.output)
        yield up
    finally:
        family = up.family() if up.process.poll() is None else []
        up.process.send_signal(signal.SIGINT)
        up.process.wait(120)
        _, alive = psutil.wait_procs(family, timeout=1)
        for each in alive:
            each.kill()
        assert not alive, f"still running: {[each.cmdline() for each in alive]}"
        assert up.process.returncode == 0, up.output


def test_it_is_ready_when_it_says_so_and_tells_how_to_sign_in(up: Up) -> None:
    assert readiness.ask("127.0.0.1", up.port).ready
    assert f"http://localhost:{up.port}" in up.output
    assert "admin@localhost" in up.output
    assert "captured" in up.output


def test_every_lane_has_a_worker(up: Up) -> None:
    words = " ".join(" ".join(each.cmdline()) for each in up.family())
    for lane in ("transactional", "one_to_one", "automation", "campaign", "activity", "default"):
        assert lane in words


def test_its_secrets_are_for_its_user_only(up: Up) -> None:
    for name in ("secret_key", "encryption_key", "first_password"):
        assert (up.data / name).stat().st_mode & 0o077 == 0


def test_a_second_one_on_the_same_data_says_who_has_it(up: Up) -> None:
    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--data", str(up.data), "--port", str(free_port())],
        cwd=TOP,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "crm.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert second.returncode == 1
    assert f"process {up.process.pid}" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_a_taken_port_says_so_and_names_another(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        one = start(tmp_path / "var", port)
        assert one.process.wait(120) == 1
    assert f"Port {port} is taken by another program. Choose another: --port {port + 1}" in one.output
    assert len(one.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "postgres://relay:x@127.0.0.1:1/relay", "Is DATABASE_URL right?"),
        ("ENCRYPTION_KEYS", "too-short", "Make one: python -c"),
        ("BASE_URL", "crm.example.com", "Set BASE_URL to scheme and host"),
    ],
)
def test_a_wrong_setting_is_told_and_nothing_is_left(tmp_path: Path, name: str, value: str, words: str) -> None:
    one = start(tmp_path / "var", free_port(), **{name: value})
    assert one.process.wait(120) == 1
    assert words in one.output
    assert "Traceback" not in one.output
    # With a database of one's own the embedded one is not even made.
    assert not (one.data / "postgres").exists()


def test_a_killed_child_is_started_again(up: Up) -> None:
    before = up.child("celery", "worker", "campaign")
    before.kill()
    up.wait(lambda: "worker-campaign ended (killed by SIGKILL)" in up.output)
    up.wait(lambda: any("campaign" in " ".join(each.cmdline()) for each in up.family() if each.pid != before.pid))
    web = up.child("granian")
    web.kill()
    up.wait(lambda: "web ended" in up.output)
    up.wait(lambda: readiness.ask("127.0.0.1", up.port).ready)


def test_stopped_in_mid_blast_it_leaves_nothing_open_and_goes_on_when_started_again(
    up: Up, folder: Path, quick_sink: QuickSink, database_of: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """Ctrl-C is no fault: no message is uncertain, lost or sent twice for it."""
    quick_sink.thinks = 0.02
    with database_of(folder):
        Provider.objects.update(is_active=False)
        blasts.smtp_provider(quick_sink, max_connections=9)
        mailing = blasts.blast(1000)
        up.wait(lambda: len(quick_sink.accepted) >= 100)
    starts = up.output.count("Relay is running")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(120) == 0
    stopped_at = len(quick_sink.accepted)
    again = start(folder, up.port)
    up.process = again.process
    up.wait(lambda: up.output.count("Relay is running") == starts + 1)
    with database_of(folder):
        up.wait(is_settled)
        none_lost_none_doubled(quick_sink, mailing, recipients=1000)
    assert stopped_at < 1000, "it was stopped after the blast, not in its middle"


def test_killed_itself_it_leaves_nothing_and_starts_again_on_the_same_data(up: Up, folder: Path) -> None:
    starts = up.output.count("Relay is running")
    family = up.family()
    up.process.kill()
    up.process.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive, [each.cmdline() for each in alive]
    # The same folder, whose lock and pid files were left behind.
    again = start(folder, up.port)
    up.process = again.process
    up.wait(lambda: up.output.count("Relay is running") == starts + 1)
    assert up.output.count("admin@localhost") == starts + 1
