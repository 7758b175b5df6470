"""The broker emptied, killed and restarted in the middle of a blast: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fixtures.faults import Scale
from tests.fixtures.processes import wait_until
from tests.fixtures.stand import Stand
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.stack

# The sink thinks as long, so that the blast lasts while things are killed: some 400 messages a second.
THINKS = 0.02
CONNECTIONS = 9


def blast_in_hand(stand: Stand, sink: QuickSink, recipients: int, hit: Callable[[], None], *, every: int) -> int:
    """Send a blast by two machines with a beat; `hit` each time so many more have arrived. Returns how often."""
    hits = 0

    def hit_in_time() -> bool:
        nonlocal hits
        if len(sink.accepted) >= every * (hits + 1) and not is_settled():
            hits += 1
            hit()
        return is_settled()

    for name in ("machine-a", "machine-b"):
        stand.start_lanes(["campaign", "default"], processes=2, name=name)
    stand.start_beat()
    wait_until(hit_in_time, what=f"the end of the blast; {blasts.states()}")
    return hits


@pytest.fixture
def recipients(stand: Stand, quick_sink: QuickSink, scale: Scale) -> int:
    """How many the blast is for; the sink and the provider are ready for it."""
    quick_sink.thinks = THINKS
    blasts.smtp_provider(quick_sink, max_connections=CONNECTIONS)
    return scale.of(500, 10_000)


def test_a_broker_emptied_in_mid_blast_loses_and_doubles_nothing(
    stand: Stand, quick_sink: QuickSink, scale: Scale, recipients: int
) -> None:
    mailing = blasts.blast(recipients)
    hits = blast_in_hand(stand, quick_sink, recipients, stand.servers.empty_redis, every=scale.of(150, 250))
    # The workers live and know what they did: nothing has to be guessed.
    told = none_lost_none_doubled(quick_sink, mailing, recipients=recipients)
    assert hits >= 2
    scale.note(f"{hits} times emptied: {told}")


@pytest.mark.parametrize("append_only", [True, False], ids=["with AOF", "without AOF"])
def test_a_broker_killed_and_restarted_in_mid_blast_loses_and_doubles_nothing(
    stand: Stand, quick_sink: QuickSink, scale: Scale, recipients: int, append_only: bool
) -> None:
    def kill_and_start() -> None:
        stand.servers.kill_redis()
        stand.servers.start_redis()

    stand.servers.append_only = append_only
    kill_and_start()
    mailing = blasts.blast(recipients)
    hits = blast_in_hand(stand, quick_sink, recipients, kill_and_start, every=scale.of(200, 500))
    told = none_lost_none_doubled(quick_sink, mailing, recipients=recipients)
    assert hits >= 2
    scale.note(f"{hits} times killed: {told}")


def test_a_worker_whose_broker_was_away_when_its_task_ended_takes_the_next_one(
    stand: Stand, quick_sink: QuickSink, recipients: int
) -> None:
    """The broker never hears that the task ended. kombu would count it as under way for ever, and with as many of
    them as the worker has processes never take another one."""
    mailing = blasts.blast(recipients)
    stand.start_lanes(["campaign"], processes=1, name="machine-a")
    stand.start_lanes(["default"], processes=1, name="machine-b")
    stand.start_beat()
    wait_until(lambda: len(quick_sink.accepted) >= 50)
    stand.servers.kill_redis()
    wait_until(lambda: "Couldn't ack" in stand.log_text("machine-a"))
    stand.servers.start_redis()
    wait_until(is_settled, what="the end of the blast", patience=60)
    none_lost_none_doubled(quick_sink, mailing, recipients=recipients)
