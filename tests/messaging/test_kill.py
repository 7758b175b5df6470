"""The promise: workers killed at random, and what arrived counted against the table, recipient by recipient."""

from __future__ import annotations

import random
import time

import pytest

from messaging.models import Claim, Mailing, Message
from messaging.outbox.sweep import sweep_outbox
from messaging.tasks import nudge
from tests.fixtures.faults import Scale
from tests.fixtures.processes import Workers
from tests.messaging import blasts
from tests.messaging.quick_sink import QuickSink

SHORT, LONG = 800, 10_000
CONNECTIONS = 4
MACHINES = ("worker-a", "worker-b", "worker-c")
PATIENCE = 120.0


@pytest.mark.stack
def test_a_blast_survives_workers_killed_every_second(
    celery_workers: Workers, quick_sink: QuickSink, scale: Scale
) -> None:
    recipients = scale.of(SHORT, LONG)
    celery_workers.environment["OUTBOX_LEASE_SECONDS"] = "4"
    blasts.smtp_provider(quick_sink, max_connections=CONNECTIONS + 1)
    quick_sink.thinks = 0.01
    mailing = blasts.blast(recipients)
    for name in MACHINES:
        celery_workers.start_lanes(["campaign"], processes=1, name=name)

    kills = _kill_until_done(celery_workers, mailing)

    arrived = quick_sink.accepted
    states = dict(Message.objects.filter(mailing=mailing).values_list("address", "state"))
    told = blasts.states(mailing)
    scale.note(f"{kills} kills while {len(arrived)} of {recipients} arrived: {told}")
    assert len(states) == recipients
    assert set(told) <= {"sent", "uncertain"}
    assert not [address for address, count in arrived.items() if count > 1], "sent twice"
    sent = {address for address, state in states.items() if state == "sent"}
    assert not sent - set(arrived), "marked as sent, and never arrived"
    assert set(arrived) <= set(states)
    assert told.get("uncertain", 0) <= kills * CONNECTIONS
    assert kills >= 3
    assert not Claim.objects.exists()
    mailing.stats.refresh_from_db()
    assert (mailing.stats.sent, mailing.stats.uncertain) == (told["sent"], told.get("uncertain", 0))


def _kill_until_done(machines: Workers, mailing: Mailing) -> int:
    """Kill a machine each second, with sweeps as beat would have them; returns how many were killed while sending."""
    chance = random.Random(7)  # the same victims each time; the moments differ anyway
    end = time.monotonic() + PATIENCE
    kills = 0
    nudge("campaign")
    while Message.objects.filter(mailing=mailing, state__in=Message.OPEN).exists():
        assert time.monotonic() < end, f"not done after {PATIENCE:.0f} s: {blasts.states(mailing)}"
        time.sleep(chance.uniform(0.5, 1.2))  # the kills' own rhythm, not a wait for anything
        if Claim.objects.exists():
            victim = Claim.objects.order_by("?").values_list("worker", flat=True)[0]
            machines.restart(_machine_of(machines, victim))
            kills += 1
        for lane in sweep_outbox():
            nudge(lane)
    return kills


def _machine_of(machines: Workers, worker: str) -> str:
    """The machine whose pool process made a claim; any, if it is gone already."""
    pid = int(worker.rpartition("/")[2])
    return next((name for name in MACHINES if _is_child(pid, machines.pid(name))), MACHINES[pid % len(MACHINES)])


def _is_child(pid: int, parent: int) -> bool:
    import psutil

    try:
        return any(one.pid == parent for one in (psutil.Process(pid), *psutil.Process(pid).parents()))
    except psutil.NoSuchProcess:
        return False
