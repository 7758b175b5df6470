"""`manage.py up` starts everything, keeps it running, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from crm.stack import readiness
from tests.fixtures.processes import free_port

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


def test_killed_itself_it_leaves_nothing_and_starts_again_on_the_same_data(up: Up, folder: Path) -> None:
    family = up.family()
    up.process.kill()
    up.process.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive, [each.cmdline() for each in alive]
    # The same folder, whose lock and pid files were left behind.
    again = start(folder, up.port)
    up.process = again.process
    up.wait(lambda: up.output.count("Relay is running") == 2)
    assert up.output.count("admin@localhost") == 2
