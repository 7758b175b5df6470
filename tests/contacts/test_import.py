"""Importing people: every row comes out right, twice is the same as once, and nobody comes back against their will."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from contacts import jobs
from contacts.actions.fields import create_field
from contacts.actions.imports import PlanProblem, save_plan, submit_import, upload_import
from contacts.actions.jobs import cancel_job, restart_job, tidy_jobs
from contacts.actions.lists import create_list, mark_bounced, subscribe, unsubscribe
from contacts.imports import loading, staging
from contacts.imports.plan import Plan
from contacts.imports.preview import outlook
from contacts.imports.reasons import words_of
from contacts.models import (
    Account,
    Activity,
    Contact,
    CustomField,
    FieldValue,
    ImportIssue,
    ImportSeen,
    Job,
    MailingList,
    Subscription,
    Tag,
)

pytestmark = pytest.mark.django_db

MESSY = Path(__file__).parent / "samples" / "messy.csv"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def news() -> MailingList:
    return create_list(name="News", by=None)


def upload(content: bytes | str) -> Job:
    raw = content.encode() if isinstance(content, str) else content
    return upload_import(file=File(io.BytesIO(raw)), name="people.csv", by=None)


def plan_of(job: Job, **decided: Any) -> Job:
    return save_plan(job=job, plan=Plan.of(job).model_copy(update=decided), by=None)


def do(job: Job, **decided: Any) -> Job:
    submit_import(job=plan_of(job, **decided), by=None)
    assert jobs.run_next()
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


def issues_of(job: Job) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for issue in ImportIssue.objects.filter(job=job).order_by("line", "id"):
        found.setdefault(issue.line, []).append(f"{issue.level}: {issue.code}")
    return found


class TestMessyFile:
    def test_every_row_comes_out_right(self, news: MailingList) -> None:
        job = do(upload(MESSY.read_bytes()), lists=[news.pk], consent=True)
        assert issues_of(job) == {
            7: ["duplicate: duplicate"],
            8: ["warning: email_cleaned"],
            9: ["warning: email_cleaned"],
            10: ["warning: email_cleaned"],
            12: ["warning: header_injection"],
            14: ["warning: too_long"],
            15: ["warning: bad_value", "warning: bad_value"],
            16: ["rejected: cells"],
            17: ["rejected: cells"],
            18: ["rejected: several_emails"],
            19: ["rejected: no_email"],
            20: ["rejected: no_email"],
            21: ["rejected: no_email"],
            **{line: ["rejected: bad_email"] for line in range(22, 29)},
            29: ["warning: unclear_consent"],
        }
        assert job.result | {"records": 0} == {
            "records": 0, "rows": 26, "created": 12, "updated": 0, "unchanged": 0, "rejected": 13, "duplicates": 1,
            "subscribed": 8, "kept": 0, "no_consent": 4, "tags": 22, "warnings": 8,
        }  # fmt: skip
        people = {contact.email: contact for contact in Contact.objects.all()}
        assert people["gus@example.org"].first_name == "Gus"
        assert people["hal@example.org"].first_name == ""
        assert people["eve@example.org"].name == "Eve Adams"
        assert people["ben@société.example"].last_name == "李"
        assert people["ada@example.com"].first_name == "Ada", "the first of two rows won"
        assert people["grace@firm.example.co.uk"].account
        assert Account.objects.filter(name='=HYPERLINK("http://evil.example","x")').exists(), "a formula is only text"
        assert not any("\n" in contact.first_name for contact in people.values())

    def test_values_are_typed_and_a_new_dropdown_has_its_best_spellings(self) -> None:
        do(upload(MESSY.read_bytes()))
        values = {
            (value.contact.email, value.field.key): value
            for value in FieldValue.objects.select_related("contact", "field")
        }
        assert CustomField.objects.get(key="plan").options == ["Enterprise", "Free", "Pro", "Team"]
        ada, grace = "ada@example.com", "grace@firm.example.co.uk"
        assert str(values[ada, "birthday"].date) == "1985-12-25", "the column says that its months stand first"
        assert str(values[grace, "birthday"].date) == "1961-11-05"
        assert str(values[grace, "signed_up"].at) == "2025-08-29 09:05:00+00:00"
        assert [values[who, "monthly_spend_eur"].text for who in (ada, grace)] == ["376.35", "472.68"]
        assert values[grace, "plan"].text == "Pro"
        assert values[grace, "notes"].text == 'Met at fair.\nWants a call back "soon".'
        assert ("ida@example.org", "birthday") not in values

    def test_tags_are_split_and_doubles_in_other_cases_are_one(self) -> None:
        do(upload(MESSY.read_bytes()))
        assert {tag.name.lower() for tag in Tag.objects.all()} == {"vip", "beta", "lead", "webinar 2025"}

    def test_what_is_wrong_is_told_in_words_with_the_row(self) -> None:
        job = do(upload(MESSY.read_bytes()))
        short = ImportIssue.objects.get(job=job, line=16)
        assert short.raw == ["short@example.org", "Short", "Row"]
        assert words_of(short).startswith("3 cells where 12 were expected")
        assert "line 2" in words_of(ImportIssue.objects.get(job=job, line=7))

    def test_the_outlook_says_the_same_before(self, news: MailingList) -> None:
        job = plan_of(upload(MESSY.read_bytes()), lists=[news.pk], consent=True)
        with job.file.open("rb") as file:
            seen = outlook(file, Plan.of(job))
        assert (seen.rows, seen.rejected, seen.duplicates, seen.new, seen.known) == (26, 13, 1, 12, 0)
        assert (seen.no_consent, seen.is_whole) == (4, True)
        assert not Contact.objects.exists()
        assert not CustomField.objects.exists()


class TestKnownPeople:
    FILE = "email,first name,city,score level,tags\nADA@example.com,Augusta,,7,new\nbob@example.com,Bob,Rome,8,new\n"

    @pytest.fixture
    def ada(self) -> Contact:
        return Contact.objects.create(email="ada@example.com", first_name="Ada", city="London")

    def test_update_changes_what_the_file_knows_and_erases_nothing(self, ada: Contact) -> None:
        job = do(upload(self.FILE), update=True)
        ada.refresh_from_db()
        assert (ada.email, ada.first_name, ada.city) == ("ada@example.com", "Augusta", "London")
        assert (job.result["created"], job.result["updated"]) == (1, 1)
        assert FieldValue.objects.get(contact=ada).text == "7"
        assert Activity.objects.filter(contact=ada, kind="contact.imported").count() == 1

    def test_only_add_leaves_their_facts_alone_but_lists_and_tags_apply(self, ada: Contact, news: MailingList) -> None:
        job = do(upload(self.FILE), update=False, lists=[news.pk], consent=True)
        ada.refresh_from_db()
        assert ada.first_name == "Ada"
        assert not FieldValue.objects.filter(contact=ada).exists()
        assert (job.result["created"], job.result["updated"], job.result["unchanged"]) == (1, 0, 1)
        assert Subscription.objects.get(contact=ada).status == "active"
        assert [tag.name for tag in ada.tags.all()] == ["new"]
        assert not Activity.objects.filter(contact=ada, kind="contact.imported").exists()

    def test_the_same_file_again_changes_nothing(self, news: MailingList) -> None:
        do(upload(self.FILE), lists=[news.pk], consent=True)
        before = Activity.objects.count()
        job = do(upload(self.FILE), lists=[news.pk], consent=True)
        assert (job.result["created"], job.result["updated"], job.result["unchanged"]) == (0, 0, 2)
        assert (job.result["subscribed"], job.result["tags"]) == (0, 0)
        assert Activity.objects.count() == before

    @pytest.mark.parametrize("how", ["unsubscribed", "bounced"])
    def test_who_left_or_bounced_is_kept_off_and_told(self, ada: Contact, news: MailingList, how: str) -> None:
        subscribe(contact=ada, mailing_list=news, by=None, source="form")
        if how == "bounced":
            mark_bounced(contact=ada, by=None, reason="550")
        else:
            unsubscribe(contact=ada, mailing_list=news, by=None, reason="page")
        job = do(upload(self.FILE), lists=[news.pk], consent=True)
        assert Subscription.objects.get(contact=ada).status == how
        assert (job.result["kept"], job.result["subscribed"]) == (1, 1)
        assert issues_of(job) == {2: [f"kept: kept_{how}"]}

    def test_who_never_confirmed_is_confirmed_by_stated_consent(self, ada: Contact, news: MailingList) -> None:
        subscribe(contact=ada, mailing_list=news, by=None, source="form", confirmed=False)
        do(upload(self.FILE), lists=[news.pk], consent=True)
        assert Subscription.objects.get(contact=ada).status == "active"


class TestSettingUp:
    def test_lists_need_consent_and_every_import_an_address(self, news: MailingList) -> None:
        job = plan_of(upload("email\na@example.com\n"), lists=[news.pk], consent=False)
        with pytest.raises(PlanProblem, match="agreed"):
            submit_import(job=job, by=None)
        with pytest.raises(PlanProblem, match="email"):
            submit_import(job=plan_of(upload("who,what\nx,y\n")), by=None)
        assert not CustomField.objects.exists()

    def test_submitting_twice_starts_it_once(self) -> None:
        job = upload("email,shoe size\na@example.com,42\n")
        submit_import(job=job, by=None)
        submit_import(job=job, by=None)
        assert CustomField.objects.count() == 1
        assert jobs.run_next()
        assert not jobs.run_next()

    def test_a_new_dropdown_learns_options_an_old_one_does_not(self) -> None:
        rows = "".join(f"p{n}@example.com,{'Free' if n % 2 else 'Pro'}\n" for n in range(1200))
        content = f"email,plan\n{rows}late@example.com,Gold\n"
        do(upload(content))
        assert CustomField.objects.get().options == ["Free", "Pro", "Gold"]
        job = do(upload("email,plan\na@example.com,Silver\n"))
        assert issues_of(job) == {2: ["warning: bad_value"]}

    def test_a_known_field_is_mapped_by_its_label(self) -> None:
        create_field(label="Shoe size", kind="number", by=None)
        do(upload("email,shoe-size\na@example.com,42\n"))
        assert FieldValue.objects.get().number == 42


class TestInterruption:
    @staticmethod
    def file() -> str:
        rows = [f"p{n % 40}@example.com,Name {n}" for n in range(50)]  # ten come twice, in other chunks
        rows[25] = "nobody,Bad"
        return "email,first name\n" + "\n".join(rows) + "\n"

    def whole(self) -> dict[str, Any]:
        return {"created": 39, "duplicates": 10, "rejected": 1, "rows": 50, "updated": 0, "unchanged": 0}

    def test_a_worker_that_dies_in_the_middle_changes_nothing_of_the_result(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = plan_of(upload(self.file()), chunk_rows=10)
        submit_import(job=job, by=None)
        real, calls = staging.copy, []

        def dying(cursor: Any, table: str, *rest: Any) -> None:
            calls.append(table)
            if calls.count("contacts_importissue") == 3:
                raise SystemExit  # as a kill would: not caught by anything, the transaction rolls back
            real(cursor, table, *rest)

        monkeypatch.setattr(loading, "copy", dying)
        with pytest.raises(SystemExit):
            jobs.run_next()
        monkeypatch.setattr(loading, "copy", real)
        job.refresh_from_db()
        assert (job.state, job.done, Contact.objects.count()) == ("running", 19, 19)
        Job.objects.update(leased_until=Now() - timedelta(seconds=1))
        assert jobs.run_next()
        job.refresh_from_db()
        assert job.state == "done"
        assert job.result.items() >= self.whole().items()
        assert Contact.objects.count() == 39
        assert ImportIssue.objects.filter(job=job).count() == 11
        assert ImportSeen.objects.filter(job=job, created=True).count() == 39
        Job.objects.update(finished_at=Now() - timedelta(days=2))
        tidy_jobs()
        assert not ImportSeen.objects.exists()

    def test_a_cancelled_import_can_go_on_and_ends_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        job = plan_of(upload(self.file()), chunk_rows=10)
        submit_import(job=job, by=None)
        real = loading._load

        def cancelling(run: jobs.Run, *rest: Any) -> None:
            if run.job.done == 29:
                cancel_job(job=Job.objects.get(pk=run.job.pk), by=None)
            real(run, *rest)

        with monkeypatch.context() as patched:
            patched.setattr(loading, "_load", cancelling)
            jobs.run_next()
        job.refresh_from_db()
        assert (job.state, job.done) == ("cancelled", 29)
        assert restart_job(job=job, by=None)
        jobs.run_next()
        job.refresh_from_db()
        assert job.state == "done"
        assert job.result.items() >= self.whole().items()

    def test_a_file_that_is_gone_is_told_in_words(self) -> None:
        job = plan_of(upload(self.file()), chunk_rows=10)
        submit_import(job=job, by=None)
        job.file.storage.delete(str(job.file.name))
        jobs.run_next()
        job.refresh_from_db()
        assert (job.state, job.error) == ("failed", "The file is gone. Upload it again.")


def test_zero_characters_and_lone_surrogates_do_not_stop_an_import() -> None:
    job = do(upload(b"email,first name,note\na@example.com,A\x00da,x\x00y\nb\x00ad,\x00,z\n"))
    assert Contact.objects.get().first_name == "Ada"
    assert FieldValue.objects.get().text == "xy"
    assert ImportIssue.objects.get(job=job, level="rejected").raw == ["b\ufffdad", "\ufffd", "z"]


class TestFiles:
    def test_a_finished_import_keeps_no_copy_of_the_file(self) -> None:
        job = upload("email\na@example.com\n")
        name, storage = str(job.file.name), job.file.storage
        job = do(job)
        assert not job.file
        assert not storage.exists(name)

    def test_old_drafts_and_the_files_of_stopped_imports_go(self) -> None:
        old, new, stopped = (upload("email\na@example.com\n") for _ in range(3))
        names = [str(job.file.name) for job in (old, new, stopped)]
        Job.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=8))
        Job.objects.filter(pk=stopped.pk).update(state="cancelled", finished_at=Now() - timedelta(days=31))
        assert tidy_jobs() == 2
        assert tidy_jobs() == 0
        assert [new.file.storage.exists(name) for name in names] == [False, True, False]
        assert set(Job.objects.values_list("pk", flat=True)) == {new.pk, stopped.pk}
        stopped.refresh_from_db()
        restart_job(job=stopped, by=None)
        jobs.run_next()
        stopped.refresh_from_db()
        assert (stopped.state, stopped.error) == ("failed", loading.FILE_GONE)


class TestCommand:
    def run(self, *arguments: str) -> str:
        said = io.StringIO()
        call_command("import_contacts", *arguments, stdout=said)
        return said.getvalue()

    def test_it_does_the_same_as_the_page(self) -> None:
        said = self.run(str(MESSY), "--list", "News", "--create-list", "--consent", "--tag", "fair", "--verbosity", "2")
        assert "created         12" in said
        assert "line 18: Not imported: More than one address" in said
        assert Subscription.objects.filter(list__name="News", status="active").count() == 8
        assert Contact.objects.filter(tags__name="fair").count() == 12

    def test_columns_are_named_by_header_or_number(self, tmp_path: Path) -> None:
        create_field(label="Shoe size", kind="number", by=None)
        file = tmp_path / "x.csv"
        file.write_text("Mail 1,Mail,Nom,Size\na@example.com,b@example.com,Ada,42\n")
        self.run(
            str(file), "--map", "1=email", "--map", "nom=first_name", "--map", "Size=shoe_size", "--map", "2=ignore"
        )
        contact = Contact.objects.get()
        assert (contact.email, contact.first_name) == ("a@example.com", "Ada")
        assert FieldValue.objects.get().number == 42

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["nowhere.csv"], "No such file"),
            ([str(MESSY), "--list", "Gone"], "--create-list"),
            ([str(MESSY), "--list", "New", "--create-list"], "agreed"),
            ([str(MESSY), "--map", "Nothing=email"], "no column"),
            ([str(MESSY), "--map", "Plan=nothing"], "no field"),
        ],
    )
    def test_mistakes_are_told_in_words(self, arguments: list[str], words: str) -> None:
        with pytest.raises(CommandError, match=words):
            self.run(*arguments)
        assert not Contact.objects.exists()
