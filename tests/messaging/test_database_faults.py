"""PostgreSQL stopped, killed and restarted in the middle of a blast, and its answers to COMMIT lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from messaging.models import Message
from tests.fixtures.faults import Scale
from tests.fixtures.processes import wait_until
from tests.fixtures.stand import Stand
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.deaf_proxy import DeafProxy
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.stack

THINKS = 0.02
CONNECTIONS = 9
MACHINES = ("machine-a", "machine-b")


@pytest.fixture
def recipients(stand: Stand, quick_sink: QuickSink, scale: Scale) -> int:
    """How many the blast is for; the sink and the provider are ready for it."""
    quick_sink.thinks = THINKS
    blasts.smtp_provider(quick_sink, max_connections=CONNECTIONS)
    return scale.of(400, 10_000)


def start_machines(stand: Stand) -> None:
    for name in MACHINES:
        stand.start_lanes(["campaign", "default"], processes=2, name=name)
    stand.start_beat()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=["fast", "immediate", "killed"])
def test_a_database_restarted_in_mid_blast_is_waited_for(
    stand: Stand, quick_sink: QuickSink, scale: Scale, recipients: int, number: signal.Signals
) -> None:
    mailing = blasts.blast(recipients)
    every, restarts = scale.of(130, 1000), 0
    start_machines(stand)

    def restart_in_time() -> bool:
        nonlocal restarts
        if len(quick_sink.accepted) >= every * (restarts + 1) and not is_settled():
            restarts += 1
            stand.servers.end_postgres(number)
            stand.servers.start_postgres()
        return is_settled()

    wait_until(restart_in_time, what="the end of the blast")
    # Workers outlive the restart and write down what they know: at most the hand-overs of that moment stay unknown.
    told = none_lost_none_doubled(
        quick_sink, mailing, recipients=recipients, uncertain_at_most=restarts * (CONNECTIONS - 1)
    )
    assert restarts >= 2
    scale.note(f"{restarts} restarts: {told}")


def test_a_database_and_all_workers_killed_at_once_double_nothing(
    stand: Stand, quick_sink: QuickSink, scale: Scale, recipients: int
) -> None:
    """The machine's power fails, as far as processes go: marks that were not committed are in the journal only."""
    mailing = blasts.blast(recipients)
    every, crashes = scale.of(150, 1000), 0
    start_machines(stand)

    def crash_in_time() -> bool:
        nonlocal crashes
        if len(quick_sink.accepted) >= every * (crashes + 1) and not is_settled():
            crashes += 1
            stand.servers.end_postgres(signal.SIGKILL)
            for name in MACHINES:
                stand.kill(name)
            stand.servers.start_postgres()
            for name in MACHINES:
                stand.start(stand.running[name][0])
        return is_settled()

    wait_until(crash_in_time, what="the end of the blast")
    told = none_lost_none_doubled(
        quick_sink, mailing, recipients=recipients, uncertain_at_most=crashes * (CONNECTIONS - 1)
    )
    assert crashes >= 1
    scale.note(f"{crashes} crashes: {told}")


@pytest.fixture
def deaf_proxy(stand: Stand) -> Iterator[DeafProxy]:
    """Workers started from here on reach the database through it."""
    proxy = DeafProxy(stand.servers.places.postgres_run, stand.places.data / "deaf")
    proxy.start()
    stand.environment["DATABASE_URL"] = stand.servers.database_url.partition("?")[0] + f"?host={proxy.folder}"
    yield proxy
    proxy.stop()


def test_a_lost_answer_to_commit_is_no_second_copy_and_no_guess(
    stand: Stand, quick_sink: QuickSink, scale: Scale, recipients: int, deaf_proxy: DeafProxy
) -> None:
    """A transaction is committed, and who asked for it never hears so: claims and marks alike."""
    mailing = blasts.blast(recipients)
    deaf_proxy.loses = scale.of(4, 5)
    start_machines(stand)
    wait_until(is_settled, what="the end of the blast")
    # The workers live: whatever was committed unheard, they or the sweep find out from table and journal.
    told = none_lost_none_doubled(quick_sink, mailing, recipients=recipients)
    assert deaf_proxy.lost >= 2
    scale.note(f"{deaf_proxy.lost} answers lost: {told}")
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}
