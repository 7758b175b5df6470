"""Operators see which workers are there, and whether beat is: from what these say themselves, by Redis' clock."""

from __future__ import annotations

import signal

import pytest
import redis

from crm import health
from crm.stack.children import signal_group
from tests.fixtures.processes import Workers, wait_until


def test_a_worker_that_says_no_more_that_it_is_there_is_gone(redis_server: redis.Redis) -> None:
    health.note_worker(health.Worker("a@one", ("campaign",), 2))
    health.note_worker(health.Worker("b@two", ("campaign", "default"), 3))
    assert health.processes_of(["campaign", "default", "activity"]) == {"campaign": 5, "default": 3, "activity": 0}
    (first, *_) = redis_server.zrange("relay:workers", 0, -1)
    redis_server.zadd("relay:workers", {str(first): 1})
    assert [worker.name for worker in health.workers()] == ["b@two"]
    health.note_worker(health.Worker("b@two", ("campaign", "default"), 3))
    assert redis_server.zcard("relay:workers") == 1


@pytest.mark.stack
def test_real_workers_and_beat_are_seen_and_missed(celery_workers: Workers) -> None:
    celery_workers.start_lanes(["campaign", "default"], name="one")
    celery_workers.start_beat()
    wait_until(health.beat_is_alive, what="a sign of beat")
    (seen,) = health.workers()
    assert (seen.name.partition("@")[0], seen.lanes, seen.processes) == ("one", ("campaign", "default"), 2)

    _, process = celery_workers.running["one"]
    signal_group(process, signal.SIGTERM)
    process.wait()
    assert health.workers() == []
