"""Limits shared by all workers, by Redis' clock."""

from __future__ import annotations

import redis

from messaging import rates


def test_a_bucket_gives_no_more_than_a_seconds_worth_at_once(redis_server: redis.Redis) -> None:
    granted, _ = rates.take_tokens(1, rate=10, want=50, bulk=False)
    again, wait = rates.take_tokens(1, rate=10, want=50, bulk=False)
    assert granted == 10
    assert again <= 1
    assert 0 < wait <= 0.2


def test_bulk_mail_leaves_tokens_for_those_who_wait(redis_server: redis.Redis) -> None:
    bulk, _ = rates.take_tokens(1, rate=20, want=50, bulk=True)
    waiting, _ = rates.take_tokens(1, rate=20, want=50, bulk=False)
    assert bulk == 18
    assert waiting >= 2


def test_a_rate_of_one_a_second_still_sends_bulk_mail(redis_server: redis.Redis) -> None:
    assert rates.take_tokens(1, rate=1, want=1, bulk=True)[0] == 1


def test_all_workers_together_hold_no_more_connections_than_allowed(redis_server: redis.Redis) -> None:
    first = rates.take_permits(1, max_connections=5, want=3, bulk=True)
    second = rates.take_permits(1, max_connections=5, want=3, bulk=True)
    assert (len(first), len(second)) == (3, 1)
    # One is kept for transactional and 1:1 mail.
    assert len(rates.take_permits(1, max_connections=5, want=3, bulk=False)) == 1
    rates.give_back(1, first)
    assert len(rates.take_permits(1, max_connections=5, want=9, bulk=True)) == 2


def test_a_blast_never_holds_the_only_connection(redis_server: redis.Redis) -> None:
    assert len(rates.take_permits(1, max_connections=1, want=3, bulk=True)) == 1
    assert len(rates.take_permits(1, max_connections=1, want=3, bulk=False)) == 1


def test_permits_of_a_dead_worker_lapse(redis_server: redis.Redis) -> None:
    (permit,) = rates.take_permits(1, max_connections=2, want=1, bulk=True)
    redis_server.zadd("relay:connections:1", {permit: 1})
    assert len(rates.take_permits(1, max_connections=2, want=1, bulk=True)) == 1


def test_a_provider_that_asks_for_less_gets_half_the_connections(redis_server: redis.Redis) -> None:
    rates.ease_off(1)
    assert len(rates.take_permits(1, max_connections=9, want=9, bulk=True)) == 4


def test_rests_grow_and_end_when_the_provider_answers(redis_server: redis.Redis) -> None:
    assert [rates.rest(1) for _ in range(3)] == [5, 10, 20]
    assert rates.resting([1, 2]) == {1}
    rates.is_well(1)
    assert rates.resting([1, 2]) == set()
    assert rates.rest(1) == 5
