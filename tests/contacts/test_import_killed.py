"""A worker killed with -9 in the middle of an import: another goes on, and the result is as if nothing had been."""

from __future__ import annotations

import io

import pytest
from django.core.files.base import File
from django.db.models import Count
from django.db.models.functions import Now

from contacts.actions.imports import save_plan, submit_import, upload_import
from contacts.actions.lists import create_list
from contacts.imports.plan import Plan
from contacts.models import Activity, Contact, ImportIssue, Job, Subscription
from contacts.tasks import run_jobs
from tests.fixtures.processes import Workers, wait_until

pytestmark = pytest.mark.stack
ROWS = 6000


def test_kill_nine_changes_nothing_of_the_result(celery_workers: Workers) -> None:
    # Every hundredth row is bad, every hundredth comes a second time at the end.
    rows = [f"person{n}@example.com,Name {n}" if n % 100 else f"bad{n},x" for n in range(ROWS)]
    rows += [f"PERSON{n}@example.com,Again" for n in range(1, ROWS, 100)]
    news = create_list(name="News", by=None)
    content = "email,first name\n" + "\n".join(rows)
    job = upload_import(file=File(io.BytesIO(content.encode())), name="people.csv", by=None)
    plan = Plan.of(job).model_copy(update={"lists": [news.pk], "consent": True, "chunk_rows": 200})
    submit_import(job=save_plan(job=job, plan=plan, by=None), by=None)

    celery_workers.start_lanes(["default"], processes=1)
    kills = 0
    for share in (0.1, 0.5):
        run_jobs.delay()
        wait_until(lambda mark=share: _done(job) >= mark * ROWS, what=f"{share:.0%} of the import")  # type: ignore[misc]
        celery_workers.kill("worker")
        kills += Job.objects.get(pk=job.pk).state == "running"
        Job.objects.filter(state="running").update(leased_until=Now())  # instead of waiting for the lease to run out
        celery_workers.start_lanes(["default"], processes=1)
    run_jobs.delay()
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "done", what="the end of the import")

    assert kills, "the import was quicker than the kills: make it longer"
    good = ROWS - ROWS // 100
    job.refresh_from_db()
    assert (job.result["created"], job.result["rejected"], job.result["duplicates"]) == (good, 60, 60)
    assert job.result["subscribed"] == good
    assert Contact.objects.count() == Subscription.objects.count() == good
    assert not Contact.objects.filter(first_name="Again").exists()
    assert ImportIssue.objects.filter(job=job).count() == 120
    per_kind = dict(Activity.objects.exclude(contact=None).values_list("kind").annotate(Count("pk")).order_by())
    assert per_kind == {"contact.imported": good, "list.subscribed": good}


def _done(job: Job) -> int:
    return Job.objects.get(pk=job.pk).done
