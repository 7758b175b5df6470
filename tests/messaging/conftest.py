"""Fixtures of the outbox's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from messaging.outbox.desk import close_desks
from tests.messaging.quick_sink import quick_sink as quick_sink


@pytest.fixture(autouse=True)
def _no_threads_left_behind() -> Iterator[None]:
    """Sender threads keep their connections for a while; a test's must not outlive it."""
    yield
    close_desks()
