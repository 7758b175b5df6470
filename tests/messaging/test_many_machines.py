"""Machines whose clocks are a minute off."""

from __future__ import annotations

import pytest

from tests.fixtures.processes import wait_until
from tests.fixtures.stand import Stand
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.stack


def test_a_worker_whose_clock_is_a_minute_ahead_of_the_beats_still_hears_it(
    stand: Stand, quick_sink: QuickSink, wrong_clocks: dict[str, int]
) -> None:
    """A word that comes late is dropped, by the worker's clock: a minute off must not look like late."""
    blasts.smtp_provider(quick_sink)
    mailing = blasts.blast(20)
    wrong_clocks["machine-a"] = 60
    stand.start_beat()
    stand.start_lanes(["campaign", "default"], processes=1, name="machine-a")
    wait_until(is_settled, what="the end of the blast", patience=60)
    none_lost_none_doubled(quick_sink, mailing, recipients=20)
