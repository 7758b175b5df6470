"""Options that a known field lacks: left out with a warning, or added where its column says so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts import jobs
from contacts.actions.fields import change_field, create_field
from contacts.actions.imports import save_plan, submit_import, upload_import
from contacts.imports import loading
from contacts.imports.plan import Plan
from contacts.models import CustomField, FieldValue, ImportIssue, Job

pytestmark = pytest.mark.django_db
FILE = "email,plan\na@example.com,pro\nb@example.com,Gold\nc@example.com,GOLD\nd@example.com,Silver\n"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def do(content: str, **decided: Any) -> Job:
    job = upload_import(file=File(io.BytesIO(content.encode())), name="people.csv", by=None)
    plan = Plan.of(job)
    plan.columns[1] = plan.columns[1].model_copy(update={"add_options": True})
    submit_import(job=save_plan(job=job, plan=plan.model_copy(update=decided), by=None), by=None)
    assert jobs.run_next()
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


def values() -> list[str]:
    return list(FieldValue.objects.order_by("contact__email").values_list("text", flat=True))


@pytest.mark.parametrize("kind", ["dropdown", "radio"])
def test_a_column_that_says_so_adds_what_its_field_lacks(kind: str) -> None:
    field = create_field(label="Plan", kind=kind, options=["Pro", "Free"], by=None)
    job = do(FILE, chunk_rows=2)
    field.refresh_from_db()
    assert field.options == ["Pro", "Free", "Gold", "Silver"]
    assert values() == ["Pro", "Gold", "Gold", "Silver"]
    assert not ImportIssue.objects.filter(job=job).exists()


def test_a_multi_select_adds_each_of_several() -> None:
    field = create_field(label="Plan", kind="multi_select", options=["A"], by=None)
    do('email,plan\na@example.com,"a; B; c"\nb@example.com,"C,b,D"\n')
    field.refresh_from_db()
    assert field.options == ["A", "B", "c", "D"]
    assert values() == ["A; B; c", "c; B; D"]


def test_a_field_that_is_full_takes_no_more() -> None:
    field = create_field(label="Plan", kind="dropdown", options=[f"o{n}" for n in range(199)], by=None)
    job = do(FILE)
    field.refresh_from_db()
    assert len(field.options) == 200
    assert list(ImportIssue.objects.filter(job=job).values_list("line", "code")) == [
        (line, "bad_value") for line in (3, 4, 5)
    ]


def test_options_that_a_user_adds_meanwhile_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    field = create_field(label="Plan", kind="dropdown", options=["Pro"], by=None)
    load = loading._load

    def meanwhile(*arguments: Any) -> None:
        fresh = CustomField.objects.get(pk=field.pk)
        change_field(field=fresh, options=[*fresh.options, "gold", "Bronze"], by=None)
        load(*arguments)

    monkeypatch.setattr(loading, "_load", meanwhile)
    do(FILE)
    field.refresh_from_db()
    assert field.options == ["Pro", "gold", "Bronze", "Silver"]


class TestPage:
    def mapping(self, client: Client) -> tuple[Job, str]:
        client.post(reverse("contacts:import"), {"file": SimpleUploadedFile("people.csv", FILE.encode())})
        job = Job.objects.get()
        return job, client.get(reverse("contacts:import_map", args=[job.pk])).content.decode()

    def test_it_names_the_unknown_ones_and_keeps_the_choice(self, as_bob: Client) -> None:
        field = create_field(label="Plan", kind="dropdown", options=["Pro"], by=None)
        job, page = self.mapping(as_bob)
        assert "Not among them: Gold, Silver" in page
        address = reverse("contacts:import_map", args=[job.pk])
        mapped = {"target-0": "email", "target-1": f"field:{field.pk}"}
        as_bob.post(address, mapped)
        assert not Plan.of(Job.objects.get()).columns[1].add_options
        as_bob.post(address, mapped | {"options-1": "on"})
        assert Plan.of(Job.objects.get()).columns[1].add_options
        as_bob.post(reverse("contacts:import_confirm", args=[job.pk]))
        jobs.run_next()
        field.refresh_from_db()
        assert field.options == ["Pro", "Gold", "Silver"]

    def test_a_text_field_knows_no_unknown_ones(self, as_bob: Client) -> None:
        create_field(label="Plan", kind="text", by=None)
        _job, page = self.mapping(as_bob)
        assert "Not among them" not in page
