"""The import in the browser's steps: upload, columns, options, confirm, job, report. Works without scripts."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts import handover, jobs
from contacts.models import Activity, Contact, CustomField, ImportIssue, Job, MailingList, Subscription
from tests.fixtures.world import World, signed_in

pytestmark = pytest.mark.django_db
MESSY = (Path(__file__).parent / "samples" / "messy.csv").read_bytes()


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, content: bytes = MESSY, name: str = "people.csv") -> Any:
    return client.post(reverse("contacts:import"), {"file": SimpleUploadedFile(name, content)})


def columns_as_guessed(client: Client, job: Job) -> dict[str, str]:
    page = client.get(reverse("contacts:import_map", args=[job.pk]))
    return {f"target-{shown.index}": shown.column.target for shown in page.context["columns"]} | {
        f"kind-{shown.index}": shown.column.kind for shown in page.context["columns"]
    }


def test_from_file_to_report(as_bob: Client) -> None:
    assert upload(as_bob).status_code == 302
    job = Job.objects.get()
    page = as_bob.get(reverse("contacts:import_map", args=[job.pk]))
    assert "monthly spend (eur)" in page.content.decode().lower()
    assert "&lt;script&gt;" in page.content.decode()
    answer = as_bob.post(reverse("contacts:import_map", args=[job.pk]), columns_as_guessed(as_bob, job))
    assert answer["Location"] == reverse("contacts:import_options", args=[job.pk])

    options = {"new_list": "Newsletter", "tags": "fair, Spring", "update": "1"}
    refused = as_bob.post(reverse("contacts:import_options", args=[job.pk]), options)
    assert refused.status_code == 200
    assert "Confirm it, or choose no list" in refused.content.decode()
    assert not MailingList.objects.exists()
    as_bob.post(reverse("contacts:import_options", args=[job.pk]), options | {"consent": "on"})

    confirm = as_bob.get(reverse("contacts:import_confirm", args=[job.pk]))
    assert (confirm.context["outlook"].new, confirm.context["outlook"].rejected) == (12, 13)
    assert not Contact.objects.exists()
    started = as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
    assert started["Location"] == job.get_absolute_url()
    assert "Waiting" in as_bob.get(started["Location"]).content.decode()
    assert jobs.run_next()

    done = as_bob.get(started["Location"]).content.decode()
    assert reverse("contacts:import_report", args=[job.pk]) in done
    assert "every 1s" not in done, "a finished job is not asked again"
    report = as_bob.get(reverse("contacts:import_report", args=[job.pk])).content.decode()
    assert "More than one address in the cell" in report
    assert Subscription.objects.filter(status="active", list__name="Newsletter").count() == 8
    assert Contact.objects.filter(tags__name="fair").count() == 12


def test_the_report_as_csv_has_line_reason_and_row_and_no_formulas(as_bob: Client) -> None:
    upload(as_bob, b'email,note\n"=HYPERLINK(""http://evil.example"")",x\nplain,+1\nok@example.com,\n')
    job = Job.objects.get()
    as_bob.post(reverse("contacts:import_map", args=[job.pk]), columns_as_guessed(as_bob, job))
    as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
    jobs.run_next()
    answer = as_bob.get(reverse("contacts:import_report_csv", args=[job.pk]))
    header, *rows = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert header == ["Line", "What became of it", "Reason", "email", "note"]
    assert [row[:2] for row in rows] == [["2", "Not imported"], ["3", "Not imported"]]
    assert rows[0][3] == '\'=HYPERLINK("http://evil.example")'
    assert rows[1][4] == "'+1"


def test_a_long_report_has_pages_by_key(as_bob: Client) -> None:
    upload(as_bob, b"email\n" + b"nobody\n" * 120 + b"a@example.com\n")
    job = Job.objects.get()
    as_bob.post(reverse("contacts:import_map", args=[job.pk]), {"target-0": "email"})
    as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
    jobs.run_next()
    seen: list[int] = []
    address = reverse("contacts:import_report", args=[job.pk])
    query = ""
    for _page in range(3):
        page = as_bob.get(address + query)
        seen += [issue.line for issue, _words in page.context["issues"]]
        query = f"?after={page.context['page'].after}"
    assert seen == list(range(2, 122))
    assert ImportIssue.objects.count() == 120


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"x" * 100, "This is a workbook"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b'email\n"never closed' + b"x" * 1_100_000, "never closed"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_in_words(as_bob: Client, content: bytes, words: str) -> None:
    answer = upload(as_bob, content)
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_a_file_too_large_is_refused_with_the_limit(as_bob: Client, settings: Any) -> None:
    settings.IMPORT_MAX_MB = 0
    answer = upload(as_bob, b"email\na@example.com\n").content.decode()
    assert "at most" in answer


def test_the_file_can_be_read_another_way(as_bob: Client) -> None:
    upload(as_bob, "email,name\nš@example.com,Žofie\n".encode("cp1250"))
    job = Job.objects.get()
    as_bob.post(
        reverse("contacts:import_format", args=[job.pk]),
        {"encoding": "cp1250", "delimiter": ",", "has_header": "on"},
    )
    assert "Žofie" in as_bob.get(reverse("contacts:import_map", args=[job.pk])).content.decode()


def test_a_mapping_without_an_address_keeps_what_was_chosen(as_bob: Client) -> None:
    upload(as_bob, b"email,shoe\na@example.com,42\n")
    job = Job.objects.get()
    page = as_bob.post(
        reverse("contacts:import_map", args=[job.pk]), {"target-0": "ignore", "target-1": "new", "kind-1": "text"}
    )
    assert "Say which column holds the email address" in page.content.decode()
    assert [shown.column.target for shown in page.context["columns"]] == ["ignore", "new"]
    assert not CustomField.objects.exists()


def test_a_started_import_cannot_be_set_up_again(as_bob: Client) -> None:
    upload(as_bob, b"email\na@example.com\n")
    job = Job.objects.get()
    as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
    for name in ("import_map", "import_options", "import_confirm"):
        assert as_bob.get(reverse(f"contacts:{name}", args=[job.pk]))["Location"] == job.get_absolute_url()


class TestDoors:
    def test_others_imports_are_not_found_and_administrators_see_all(self, as_bob: Client, world: World) -> None:
        upload(as_bob, b"email\na@example.com\n")
        job = Job.objects.get()
        for name in ("import_map", "import_report", "job"):
            address = reverse(f"contacts:{name}", args=[job.pk])
            assert signed_in(world.alice).get(address).status_code == 200
            assert signed_in(world.sam).get(address).status_code in (403, 404)
        assert signed_in(world.sam).post(reverse("contacts:job_cancel", args=[job.pk])).status_code == 404

    def test_readers_and_sales_cannot_import(self, world: World) -> None:
        for user in (world.charlie, world.sam):
            assert upload(signed_in(user), b"email\na@example.com\n").status_code == 403

    def test_a_job_is_cancelled_and_restarted_by_its_user(self, as_bob: Client) -> None:
        upload(as_bob, b"email\na@example.com\n")
        job = Job.objects.get()
        as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
        as_bob.post(reverse("contacts:job_cancel", args=[job.pk]))
        job.refresh_from_db()
        assert job.state == "cancelled"
        assert "cancelled" in as_bob.get(reverse("contacts:jobs")).content.decode().lower()


def test_the_jobs_page_asks_again_only_while_something_moves(as_bob: Client, world: World) -> None:
    assert "every 2s" not in as_bob.get(reverse("contacts:jobs")).content.decode()
    Job.objects.create(kind="contacts.import", title="Moving", state="running", total=10, done=3, created_by=world.bob)
    page = as_bob.get(reverse("contacts:jobs"), headers={"HX-Request": "true", "HX-Target": "jobs"}).content.decode()
    assert "every 2s" in page
    assert "30%" in page
    assert "<html" not in page


def test_administrators_see_what_was_not_heard_and_retry_it(as_alice: Client, as_bob: Client) -> None:
    entry = Activity.objects.create(
        kind="test.failed", due_at="2100-01-01T00:00Z", attempts=2, error="ValueError: broken"
    )
    assert "broken" in as_alice.get(reverse("contacts:jobs")).content.decode()
    assert "broken" not in as_bob.get(reverse("contacts:jobs")).content.decode()
    assert as_bob.post(reverse("contacts:handover_retry", args=[entry.pk])).status_code == 403
    as_alice.post(reverse("contacts:handover_retry", args=[entry.pk]))
    handover.hand_over()
    assert "broken" not in as_alice.get(reverse("contacts:jobs")).content.decode()
