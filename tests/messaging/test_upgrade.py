"""Workers stopped and replaced in the middle of a blast, and what yesterday's code left in their queue."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import pytest
from celery import current_app

from crm.stack import workers
from messaging.models import Claim, Message
from tests.fixtures.faults import Scale
from tests.fixtures.processes import wait_until
from tests.fixtures.stand import Stand
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

pytestmark = pytest.mark.stack

THINKS = 0.05
# What a supervisor grants before it kills (crm/stack/workers.py; docs/delivery.md says so to others).
GRACE = workers.PATIENCE


def to_the_worker(stand: Stand, name: str) -> None:
    """What ./bin/run and most supervisors do."""
    stand.ask_to_end(name)


def to_each_of_its_processes(stand: Stand, name: str) -> None:
    """What systemd does with a service, if it is not told otherwise."""
    os.killpg(stand.pid(name), signal.SIGTERM)


@pytest.mark.parametrize("end", [to_the_worker, to_each_of_its_processes])
def test_a_worker_asked_to_end_in_mid_blast_gives_back_what_it_holds(
    stand: Stand, quick_sink: QuickSink, scale: Scale, end: Callable[[Stand, str], None]
) -> None:
    """Again and again, as in an upgrade: nothing is lost, sent twice, uncertain, or left to a sweep."""
    quick_sink.thinks = THINKS
    blasts.smtp_provider(quick_sink, max_connections=9)
    recipients = scale.of(1_000, 10_000)
    mailing = blasts.blast(recipients)
    rounds, upgrades = scale.of(2, 10), 0
    stand.start_lanes(["default"], processes=1, name="machine-jobs")
    stand.start_beat()
    while upgrades < rounds:
        upgrades += 1
        begun = len(quick_sink.accepted)
        stand.start_lanes(["campaign"], processes=2, name=f"machine-{upgrades}")
        wait_until(lambda: len(quick_sink.accepted) >= begun + 100)  # noqa: B023 - asked at once
        end(stand, f"machine-{upgrades}")
        assert stand.wait_for_end(f"machine-{upgrades}", patience=GRACE) == 0
        assert not Claim.objects.exists(), stand.log_text(f"machine-{upgrades}")[-2000:]
        assert not Message.objects.filter(state="sending").exists()
        assert blasts.states(mailing).get("queued"), "it went on until nothing was left to send"
    stand.start_lanes(["campaign"], processes=2, name="machine-last")
    wait_until(is_settled, what="the end of the blast")
    told = none_lost_none_doubled(quick_sink, mailing, recipients=recipients)
    scale.note(f"{upgrades} upgrades: {told}")


def test_tasks_that_this_code_does_not_know_stop_nobody(stand: Stand, quick_sink: QuickSink) -> None:
    """They are logged and dropped: each task is a hint, and the sweep says again what matters."""
    blasts.smtp_provider(quick_sink)
    mailing = blasts.blast(50)
    broker = stand.servers.redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    with current_app.connection_for_write(broker) as connection, stand.servers.client() as client:
        for name, arguments, named in (
            ("messaging.retired_last_year", ["campaign"], {}),
            ("messaging.drain", ["campaign", "of old there was more"], {}),
            ("messaging.drain", ["campaign"], {"priority": 3}),
            ("messaging.drain", [], {}),
            ("messaging.drain", ["a lane of old"], {}),
            ("messaging.drain", [{"lane": "campaign"}], {}),
            ("campaigns.tasks.freeze", [0], {}),
            ("contacts.tasks.run_jobs", ["import", 7], {}),
        ):
            current_app.send_task(name, args=arguments, kwargs=named, queue="campaign", connection=connection)
        # As nobody writes it: a body that cannot be read, and one of a kind we refuse.
        for body, kind in (
            ("bm90IGpzb24=", "application/json"),
            ("gASVBQAAAAAAAACMAWGULg==", "application/x-python-serialize"),
        ):
            envelope = json.loads(client.lindex("campaign", 0))
            envelope |= {"body": body, "content-type": kind}
            client.lpush("campaign", json.dumps(envelope))
        stand.start_lanes(["campaign"], processes=1, name="machine-a")
        # Nothing else is in the way of the tasks before these are through.
        wait_until(lambda: not client.exists("campaign", "unacked"), what="that the queue is empty")
        stand.start_lanes(["default"], processes=1, name="machine-b")
        stand.start_beat()
        wait_until(is_settled, what="the end of the blast")
        wait_until(lambda: not client.exists("unacked"), what="that nothing stays behind")
    none_lost_none_doubled(quick_sink, mailing, recipients=50)
    log = stand.log_text("machine-a")
    assert "messaging.retired_last_year" in log
    assert stand.running["machine-a"][1].poll() is None
