"""Jobs: the rows are the queue, a dead worker's job is taken over, a lost one writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from contacts import jobs
from contacts.actions.jobs import cancel_job, restart_job, start_job, submit_job
from contacts.models import Job

pytestmark = pytest.mark.django_db

Register = Callable[[Callable[[jobs.Run], None]], None]


@pytest.fixture
def kind() -> Iterator[Register]:
    yield lambda run: jobs.register(jobs.JobKind("test.work", "Work", run))
    jobs._kinds.pop("test.work", None)


def start() -> Job:
    return start_job(kind="test.work", title="Work", by=None, total=3)


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=Now() - timedelta(seconds=1))


def test_a_job_is_done_once_and_says_how_far_it_is(kind: Register) -> None:
    seen: list[int] = []

    def work(run: jobs.Run) -> None:
        for done in (1, 2, 3):
            run.advance(done=done)
            seen.append(Job.objects.get(pk=run.job.pk).percent)

    kind(work)
    job = start()
    assert jobs.run_next()
    assert not jobs.run_next()
    job.refresh_from_db()
    assert (job.state, seen, job.leased_until) == ("done", [33, 66, 100], None)
    assert job.started_at
    assert job.finished_at


def test_a_draft_waits_for_its_user(kind: Register) -> None:
    kind(lambda run: None)
    job = Job.objects.create(kind="test.work", title="Later")
    assert not jobs.run_next()
    submit_job(job=job)
    assert jobs.run_next()


def test_a_dead_workers_job_goes_on_behind_its_last_word(kind: Register) -> None:
    def work(run: jobs.Run) -> None:
        for done in range(run.job.done + 1, 4):
            run.advance(done=done, result={"did": [*run.job.result.get("did", []), done]})

    kind(work)
    job = start()
    held = jobs.claim_next()
    assert held
    jobs.Run(held).advance(done=2, result={"did": [1, 2]})
    assert not jobs.run_next(), "while its lease runs, nobody else takes it"
    let_the_lease_run_out(job)
    assert jobs.run_next()
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"did": [1, 2, 3]})


def test_a_worker_that_lost_its_job_may_write_no_more(kind: Register) -> None:
    kind(lambda run: None)
    job = start()
    slow = jobs.claim_next()
    assert slow
    let_the_lease_run_out(job)
    assert jobs.claim_next()
    with pytest.raises(jobs.JobStopped):
        jobs.Run(slow).advance(done=1)


def test_cancelling_stops_a_running_job_at_its_next_word(kind: Register) -> None:
    def work(run: jobs.Run) -> None:
        run.advance(done=1)
        assert cancel_job(job=Job.objects.get(pk=run.job.pk), by=None)
        run.advance(done=2)
        pytest.fail("the job went on")

    kind(work)
    job = start()
    jobs.run_next()
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 1)
    assert not cancel_job(job=job, by=None)
    assert restart_job(job=job, by=None)
    assert job.state == "queued"


def test_what_goes_wrong_is_told_and_does_not_stop_other_jobs(kind: Register) -> None:
    def work(run: jobs.Run) -> None:
        raise jobs.JobFailed("The file is gone.")

    kind(work)
    failing, unknown = start(), start_job(kind="test.nobody", title="?", by=None)
    assert jobs.run_next()
    assert jobs.run_next()
    failing.refresh_from_db()
    unknown.refresh_from_db()
    assert (failing.state, failing.error) == ("failed", "The file is gone.")
    assert "test.nobody" in unknown.error
    assert restart_job(job=failing, by=None)


def test_a_passing_trouble_of_the_database_is_tried_again(kind: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's transaction lives in it
    trouble = [OperationalError("deadlock detected")]

    def work(run: jobs.Run) -> None:
        if trouble:
            raise trouble.pop()

    kind(work)
    job = start()
    jobs.run_next()
    job.refresh_from_db()
    assert job.state == "running"
    let_the_lease_run_out(job)
    assert jobs.run_next()
    job.refresh_from_db()
    assert job.state == "done"


def test_a_job_that_kills_its_workers_is_given_up(kind: Register) -> None:
    kind(lambda run: None)
    job = start()
    for _ in range(jobs.MOST_ATTEMPTS):
        assert jobs.claim_next()
        let_the_lease_run_out(job)
    jobs.run_next()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Given up" in job.error


def test_a_running_job_says_how_long_it_will_still_take(kind: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    now, seen = [100.0], list[tuple[int, int | None]]()
    monkeypatch.setattr("contacts.jobs.time.monotonic", lambda: now[0])

    def work(run: jobs.Run) -> None:
        seen.append(_pace(run))
        now[0] += 10
        run.advance(done=run.job.done + 1000)
        seen.append(_pace(run))

    kind(work)
    job = start_job(kind="test.work", title="Work", by=None, total=4000)
    assert jobs.run_next()
    assert seen == [(0, None), (100, 30)]
    Job.objects.update(state="queued")
    assert jobs.run_next()
    assert seen[3] == (100, 20), "a worker that takes over counts its own work only"
    job.refresh_from_db()
    assert job.seconds_left is None


def _pace(run: jobs.Run) -> tuple[int, int | None]:
    job = Job.objects.get(pk=run.job.pk)
    return job.whole_rate, job.seconds_left
