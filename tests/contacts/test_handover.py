"""What happened is told to those who listen: never lost, never twice, whoever dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts import activity, handover
from contacts.models import Activity, Tag

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "test.happened"
Listen = Callable[[Callable[[Activity], None]], None]


@pytest.fixture
def listen() -> Iterator[Listen]:
    yield lambda listener: activity.listen(KIND, listener)
    activity._registry.listeners.pop(KIND, None)


def in_another_connection(act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def waiting() -> int:
    return Activity.objects.filter(due_at__isnull=False).count()


def test_what_nobody_listens_to_is_not_marked() -> None:
    activity.record(KIND, by=None)
    assert waiting() == 0
    assert handover.hand_over() == 0


def test_each_entry_is_told_once(listen: Listen) -> None:
    told: list[int] = []
    listen(lambda entry: told.append(entry.pk))
    activity.record_many([activity.Entry(KIND) for _ in range(5)], by=None)
    assert handover.hand_over() == 5
    assert handover.hand_over() == 0
    assert sorted(told) == sorted(Activity.objects.values_list("pk", flat=True))


def test_an_entry_that_commits_late_is_not_passed_by(listen: Listen) -> None:
    told: list[str] = []
    listen(lambda entry: told.append(entry.data["name"]))
    written, go_on = threading.Event(), threading.Event()

    def slow_transaction() -> None:
        with transaction.atomic():
            activity.record(KIND, by=None, name="early id, late commit")
            written.set()
            go_on.wait(20)

    slow = in_another_connection(slow_transaction)
    assert written.wait(20)
    activity.record(KIND, by=None, name="late id, early commit")
    handover.hand_over()
    assert told == ["late id, early commit"]
    go_on.set()
    slow.join()
    handover.hand_over()
    assert told == ["late id, early commit", "early id, late commit"]
    first, second = Activity.objects.order_by("pk")
    assert (first.data["name"], second.data["name"]) == ("early id, late commit", "late id, early commit")


def test_two_workers_never_take_the_same_entry(listen: Listen) -> None:
    told: list[int] = []
    meet = threading.Barrier(2, timeout=20)

    def listener(entry: Activity) -> None:
        meet.wait()  # both are inside: each holds an entry of its own
        told.append(entry.pk)

    listen(listener)
    activity.record_many([activity.Entry(KIND), activity.Entry(KIND)], by=None)
    workers = [in_another_connection(handover.hand_over_next) for _ in range(2)]
    for worker in workers:
        worker.join()
    assert len(told) == len(set(told)) == 2
    assert waiting() == 0


def test_a_worker_killed_in_between_leaves_nothing_half_done(listen: Listen) -> None:
    told: list[int] = []
    die = [True]

    def listener(entry: Activity) -> None:
        Tag.objects.create(name=f"made for {entry.pk}")
        told.append(entry.pk)
        if die.pop() if die else False:
            with connection.cursor() as cursor:  # what PostgreSQL sees of a kill -9: the connection is gone
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            killer = in_another_connection(lambda: terminate(pid))
            killer.join()

    listen(listener)
    activity.record(KIND, by=None)
    worker = in_another_connection(lambda: _quietly(handover.hand_over_next))
    worker.join()
    assert not Tag.objects.exists()
    assert waiting() == 1
    assert handover.hand_over() == 1
    assert Tag.objects.count() == 1
    assert waiting() == 0


def terminate(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception:
        return


def test_one_listeners_error_undoes_only_its_own_work_and_is_tried_again(listen: Listen) -> None:
    broken = [True]
    told: list[str] = []

    def good(entry: Activity) -> None:
        told.append("good")

    def bad(entry: Activity) -> None:
        Tag.objects.create(name="half done")
        if broken:
            raise ValueError("not yet")
        told.append("bad")

    listen(bad)
    listen(good)
    activity.record(KIND, by=None)
    before = timezone.now()
    assert handover.hand_over() == 1
    entry = Activity.objects.get()
    assert (entry.attempts, told, Tag.objects.count()) == (1, ["good"], 0)
    assert "ValueError: not yet" in entry.error
    assert entry.due_at
    assert entry.due_at > before + timedelta(seconds=4)
    assert handover.hand_over() == 0, "it waits for its time"

    broken.clear()
    assert handover.retry(entry.pk)
    assert handover.hand_over() == 1
    assert told == ["good", "bad"]
    entry.refresh_from_db()
    assert not any([entry.due_at, entry.heard_by, entry.error])
    assert not handover.retry(entry.pk), "there is nothing left to retry"


def test_the_wait_grows_with_each_failure(listen: Listen) -> None:
    def bad(entry: Activity) -> None:
        raise ValueError

    listen(bad)
    activity.record(KIND, by=None)
    waits = []
    for _ in range(len(handover.RETRY_AFTER) + 1):
        handover.hand_over_next()
        entry = Activity.objects.get()
        assert entry.due_at
        waits.append(round((entry.due_at - timezone.now()).total_seconds()))
        handover.retry(entry.pk)
    assert waits == sorted(waits)
    assert waits[-1] == waits[-2], "the last wait is the longest"
