"""The terminal shows the errors of a child's log and nothing else."""

from pathlib import Path

import pytest

from crm.stack.children import keep_small
from crm.stack.errors import ErrorLines, error_in


def test_errors_of_ours_are_shown_with_their_reason() -> None:
    line = '{"event": "drain_failed", "level": "error", "exception": "Traceback\\n  here\\nValueError: no"}'
    assert error_in(line) == "drain_failed ValueError: no"
    assert error_in('{"event": "sent", "level": "info"}') == ""


def test_errors_of_the_servers_are_shown() -> None:
    assert error_in("2026-01-01 FATAL:  could not map memory")
    assert not error_in("2026-01-01 FATAL:  the database system is shutting down")
    assert not error_in("Ready to accept connections")


def test_each_line_is_shown_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("[ERROR] before we looked\n")
    lines = ErrorLines(log)
    assert list(lines.new()) == []
    with log.open("a") as file:
        file.write("[ERROR] one\n[ERROR] tw")
    assert list(lines.new()) == ["[ERROR] one"]
    with log.open("a") as file:
        file.write("o\n")
    assert list(lines.new()) == ["[ERROR] two"]
    assert list(lines.new()) == []


def test_a_log_that_was_moved_aside_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("x" * 1000 + "\n")
    lines = ErrorLines(log)
    log.write_text("[ERROR] new\n")
    assert list(lines.new()) == ["[ERROR] new"]


def test_a_large_log_is_copied_aside_and_emptied_under_the_process_that_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.stack.children.LOG_KEPT", 10)
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        writer.write("much more than that\n")
        writer.flush()
        keep_small(log)
        writer.write("new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "web.old.log").read_text() == "much more than that\n"
