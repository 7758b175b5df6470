"""What all tests share: real servers, processes, a mail server, a browser, and a world of four people."""

import os

import pytest

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.processes",
    "tests.fixtures.stand",
    "tests.fixtures.wire",
    "tests.fixtures.smtp",
    "tests.fixtures.dns",
    "tests.fixtures.browser",
    "tests.fixtures.world",
    "tests.fixtures.faults",
]

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where nothing may be skipped (.ci/run), a skipped test is a failure."""
    if _skipped and os.environ.get("RELAY_NO_SKIPS") == "1":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped and os.environ.get("RELAY_NO_SKIPS") == "1":
        terminalreporter.write_line(f"{len(_skipped)} skipped, and RELAY_NO_SKIPS allows none: {', '.join(_skipped)}")
