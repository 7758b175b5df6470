"""The set-based import against a model that takes one row after the other: the same people, whatever the file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import jobs
from contacts.actions.imports import save_plan, submit_import, upload_import
from contacts.actions.lists import create_list, subscribe, unsubscribe
from contacts.imports import loading
from contacts.imports.plan import Column, Plan
from contacts.models import Account, Activity, Contact, CustomField, FieldValue, ImportIssue, Job, Subscription

pytestmark = pytest.mark.django_db
HEADER = ("email", "first", "company", "spend", "notes", "tags", "consent")
TARGETS = ("email", "first_name", "account", "new", "new", "tags", "opt_in")
KINDS = ("text", "text", "text", "number", "long_text", "text", "text")

emails = st.sampled_from(
    ["a@x.example", "A@X.example", "b@x.example", "B@x.EXAMPLE", "c@x.example", "d@x.example", "e@x.example", "", "no"]
)
texts = st.sampled_from(["", "Ada", "a\\b", "\\N", "\\.", 'say "x"', "tab\there", "İrem", "x" * 200])
rows = st.tuples(
    emails,
    texts,
    st.sampled_from(["", "Acme", "ACME", "Zeta\\Co"]),
    st.sampled_from(["", "1", "2.50", "1e3", "0.000001", "much"]),
    st.sampled_from(["", "one", "two\nlines", "back\\slash\ttab", "\\N"]),
    st.sampled_from(["", "vip", "VIP; lead", "lead,lead"]),
    st.sampled_from(["yes", "no", ""]),
)


@dataclass
class Known:
    """What the model knows of one person."""

    first: str = ""
    company: str = ""
    spend: str = ""
    notes: str = ""
    tags: set[str] = field(default_factory=set)
    standing: str = ""


def one_by_one(people: dict[str, Known], file: list[tuple[str, ...]], *, update: bool) -> dict[str, Known]:
    """What the file makes of the people, a row at a time, as docs/contacts.md says it."""
    taken: set[str] = set()
    for email, first, company, spend, notes, tags, consent in file:
        key = email.lower()
        if "@" not in key or key in taken:
            continue
        taken.add(key)
        fresh = key not in people
        known = people.setdefault(key, Known())
        if fresh or update:
            known.first = _line(first) or known.first
            known.company = company.lower() or known.company
            known.spend = {"2.50": "2.5", "1e3": "1000", "much": ""}.get(spend, spend) or known.spend
            known.notes = notes or known.notes
        known.tags |= {tag.strip().lower() for tag in tags.replace(",", ";").split(";") if tag.strip()}
        if consent == "yes" and known.standing in ("", "unconfirmed"):
            known.standing = "active"
    return people


def _line(text: str) -> str:
    return "" if len(text) > 150 else text.replace("\t", " ")


def in_database() -> dict[str, Known]:
    people = {}
    for contact in Contact.objects.select_related("account"):
        held = {value.field.label: value.text for value in FieldValue.objects.filter(contact=contact)}
        people[contact.email.lower()] = Known(
            contact.first_name,
            contact.account.name.lower() if contact.account else "",
            held.get("spend", ""),
            held.get("notes", ""),
            {tag.name.lower() for tag in contact.tags.all()},
            "".join(Subscription.objects.filter(contact=contact).values_list("status", flat=True)),
        )
    return people


def written(file: list[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *file])
    return buffer.getvalue().encode()


def do(file: list[tuple[str, ...]], **decided: Any) -> Job:
    job = upload_import(file=File(io.BytesIO(written(file))), name="people.csv", by=None)
    columns = [Column(header=h, target=t, kind=k) for h, t, k in zip(HEADER, TARGETS, KINDS, strict=True)]
    plan = Plan(file_name="people.csv", columns=columns, consent=True, chunk_rows=3, **decided)
    submit_import(job=save_plan(job=job, plan=plan, by=None), by=None)
    jobs.run_next()
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


@given(file=st.lists(rows, min_size=1, max_size=14), again=st.lists(rows, max_size=6), update=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_does_what_row_after_row_would_do(
    file: list[tuple[str, ...]],
    again: list[tuple[str, ...]],
    update: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.conf.settings.MEDIA_ROOT", folder)
        for model in (Job, Contact, Account, CustomField, Activity):
            model._default_manager.all().delete()
        news = create_list(name="News", by=None)
        for email, leaves in (("c@x.example", True), ("d@x.example", False)):
            contact = Contact.objects.create(email=email, first_name="Before")
            subscribe(contact=contact, mailing_list=news, by=None, source="form", confirmed=leaves)
            if leaves:
                unsubscribe(contact=contact, mailing_list=news, by=None, reason="page")
        people = in_database()
        for each in filter(None, (file, again)):
            job = do(each, lists=[news.pk], update=update)
            people = one_by_one(people, each, update=update)
            assert in_database() == people
            figures = job.result
            assert figures["rows"] == sum(
                figures[name] for name in ("created", "updated", "unchanged", "rejected", "duplicates")
            )
            refused = [line for line, row in _lines(each) if "@" not in row[0]]
            told = ImportIssue.objects.filter(job=job, level="rejected").order_by("line")
            assert [issue.line for issue in told] == refused
            assert Activity.objects.filter(kind="contact.imported", data__job_id=job.pk).count() == (
                figures["created"] + figures["updated"]
            )


def _lines(file: list[tuple[str, ...]]) -> list[tuple[int, tuple[str, ...]]]:
    """Each row with the line it starts on, the header's being 1."""
    line, found = 2, []
    for row in file:
        found.append((line, row))
        line += 1 + row[4].count("\n")
    return found


class TestSomebodyElse:
    """Another connection adds one of the file's people between the look for known people and the insert."""

    @pytest.fixture(autouse=True)
    def _rival(self, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path
        create = loading._Loader._create

        def late(self: loading._Loader) -> None:
            if not Contact.objects.filter(email="B@x.example").exists():
                Contact.objects.create(email="B@x.example", first_name="Theirs", city="Rome")
            create(self)

        monkeypatch.setattr(loading._Loader, "_create", late)

    @pytest.mark.parametrize(("update", "name"), [(True, "Ours"), (False, "Theirs")])
    def test_they_are_known_then(self, update: bool, name: str) -> None:
        row = ("Ours", "", "5", "", "vip", "yes")
        job = do([("a@x.example", *row), ("b@x.example", *row)], update=update)
        assert (job.result["created"], job.result["updated"] + job.result["unchanged"]) == (1, 1)
        theirs = Contact.objects.get(email="B@x.example")
        assert (theirs.first_name, theirs.city) == (name, "Rome")
        assert theirs.tags.count() == 1
        assert Contact.objects.count() == 2
