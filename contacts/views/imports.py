"""The import's pages: upload, columns, options, confirm. The job's page and the report follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import fieldkinds
from contacts.actions.imports import (
    KIND,
    FileNotKept,
    PlanProblem,
    check_plan,
    reread_import,
    save_plan,
    submit_import,
    upload_import,
)
from contacts.actions.lists import create_list
from contacts.imports.detect import ENCODINGS, Dialect, Format, Record, Unreadable
from contacts.imports.forms import FormatForm, OptionsForm, UploadForm, largest_file
from contacts.imports.mapping import FIELD, IGNORE, NEW, TARGETS
from contacts.imports.plan import Column, Plan
from contacts.imports.preview import first_rows, outlook, unknown_options
from contacts.models import CustomField, Job, MailingList
from contacts.permissions import allow, user_of
from contacts.tasks import nudge_jobs
from contacts.views.jobs import job_for

PREVIEW_ROWS = 8
# Options that a field lacks are looked for in so many rows.
TRIED_ROWS = 1000
# Dates are read by order only where slashes or dashes leave it open.
_DATED = ("date", "date_time")


@dataclass
class ShownColumn:
    """A column on the page: what it is in the file, some of its cells, what the user chose."""

    index: int
    column: Column
    label: str
    cells: list[str] = field(default_factory=list)
    # Of a column that a field with options is guessed for: cells that are none of them.
    unknown: list[str] = field(default_factory=list)

    @property
    def may_be_dates(self) -> bool:
        """Whether the order of day and month matters here."""
        return self.column.kind in _DATED


def _draft(request: HttpRequest, pk: int) -> Job:
    return job_for(user_of(request), pk, kind=KIND)


@allow("contacts.import")
def import_upload(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = upload_import(file=file, name=file.name or "import.csv", by=user_of(request))
        except (Unreadable, FileNotKept) as error:
            form.add_error("file", str(error))
        else:
            return redirect("contacts:import_map", job.pk)
    return render(request, "contacts/import/upload.html", {"form": form, "largest": largest_file(), "step": 1})


@allow("contacts.import")
def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what each column is; the first rows are shown."""
    job = _draft(request, pk)
    if job.state != Job.State.DRAFT:
        return redirect(job)
    plan, problem = Plan.of(job), ""
    if request.method == "POST":
        plan = plan.model_copy(update={"columns": _columns_from(request, plan)})
        try:
            check_plan(plan.model_copy(update={"lists": []}))
        except PlanProblem as error:
            problem = str(error)
        else:
            save_plan(job=job, plan=plan, by=user_of(request))
            return redirect("contacts:import_options", job.pk)
    return render(request, "contacts/import/columns.html", _map_context(job, plan, problem))


@require_POST
@allow("contacts.import")
def import_format(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file another way and guess its columns anew."""
    job = _draft(request, pk)
    plan = Plan.of(job)
    form = FormatForm(request.POST, plan=plan)
    if job.state == Job.State.DRAFT and form.is_valid():
        said = form.cleaned_data
        dialect = Dialect(said["delimiter"], plan.quote, plan.escape)
        plan = plan.with_format(Format(said["encoding"], dialect, said["has_header"]))
        try:
            reread_import(job=job, plan=plan, by=user_of(request))
        except Unreadable as error:
            messages.error(request, str(error))
    return redirect("contacts:import_map", job.pk)


@allow("contacts.import")
def import_options(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose lists, tags, and what happens to people who are here already."""
    job = _draft(request, pk)
    if job.state != Job.State.DRAFT:
        return redirect(job)
    plan = Plan.of(job)
    initial = {
        "lists": plan.lists,
        "tags": ", ".join(plan.tags),
        "update": "1" if plan.update else "",
        "consent": plan.consent,
    }
    form = OptionsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        _keep_options(request, job, plan, form.cleaned_data)
        return redirect("contacts:import_confirm", job.pk)
    has_opt_in = "opt_in" in plan.targets
    context = {"job": job, "plan": plan, "form": form, "has_opt_in": has_opt_in, "step": 3}
    return render(request, "contacts/import/options.html", context)


@allow("contacts.import")
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what would happen, with numbers; start it by POST."""
    job = _draft(request, pk)
    if job.state != Job.State.DRAFT:
        return redirect(job)
    plan = Plan.of(job)
    if request.method == "POST":
        try:
            with transaction.atomic():
                submit_import(job=job, by=user_of(request))
                nudge_jobs()
        except PlanProblem as error:
            messages.error(request, str(error))
            return redirect("contacts:import_map", job.pk)
        return redirect(job)
    with job.file.open("rb") as file:
        seen = outlook(file, plan)
    used = [column for column in plan.columns if column.target != IGNORE]
    context = {
        "job": job,
        "plan": plan,
        "outlook": seen,
        "lists": MailingList.objects.filter(pk__in=plan.lists),
        "new_fields": [column for column in used if column.target == NEW],
        "left_out": [column.header for column in plan.columns if column.target == IGNORE and column.header],
        "step": 4,
    }
    return render(request, "contacts/import/confirm.html", context)


def _map_context(job: Job, plan: Plan, problem: str) -> dict[str, Any]:
    try:
        with job.file.open("rb") as file:
            records = first_rows(file, plan, TRIED_ROWS + plan.has_header)
    except Unreadable as error:
        records, problem = [], str(error)
    tried = records[1:] if plan.has_header else records
    rows, fields = tried[:PREVIEW_ROWS], {f"{FIELD}{found.pk}": found for found in CustomField.objects.all()}
    shown = [
        ShownColumn(
            index,
            column,
            column.header or _("Column %(number)d") % {"number": index + 1},
            [record.cells[index] for record in rows if index < len(record.cells) and record.cells[index].strip()][:3],
            _unknown(tried, index, fields.get(column.target)),
        )
        for index, column in enumerate(plan.columns)
    ]
    return {
        "job": job,
        "plan": plan,
        "problem": problem,
        "columns": shown,
        "rows": rows,
        "targets": TARGETS.items(),
        "fields": [(target, found.label, _has_options(found)) for target, found in fields.items()],
        "kinds": fieldkinds.KINDS,
        "format_form": FormatForm(plan=plan),
        "encoding": ENCODINGS.get(plan.encoding, plan.encoding),
        "step": 2,
    }


def _has_options(found: CustomField) -> bool:
    return fieldkinds.kind_of(found.kind).has_options


def _unknown(records: list[Record], index: int, found: CustomField | None) -> list[str]:
    return unknown_options(records, index, found) if found and _has_options(found) else []


def _columns_from(request: HttpRequest, plan: Plan) -> list[Column]:
    """The columns as the user mapped them; what is not offered counts as left out."""
    fields = {f"{FIELD}{found.pk}": found.kind for found in CustomField.objects.all()}
    return [_column_from(request, index, column, fields) for index, column in enumerate(plan.columns)]


def _column_from(request: HttpRequest, index: int, column: Column, fields: dict[str, str]) -> Column:
    target = request.POST.get(f"target-{index}", IGNORE)
    kind = request.POST.get(f"kind-{index}", column.kind)
    if target in fields:
        kind = fields[target]
    elif target not in (*TARGETS, NEW):
        target = IGNORE
    order = request.POST.get(f"order-{index}")
    changed: dict[str, Any] = {"target": target, "kind": kind if fieldkinds.is_kind(kind) else "text"}
    changed["add_options"] = f"options-{index}" in request.POST
    if order in ("day", "month"):
        changed["day_first"] = order == "day"
    if target == NEW and not column.header:
        changed["header"] = _("Column %(number)d") % {"number": index + 1}
    return column.model_copy(update=changed)


@transaction.atomic
def _keep_options(request: HttpRequest, job: Job, plan: Plan, chosen: dict[str, Any]) -> None:
    lists = [found.pk for found in chosen["lists"]]
    if name := chosen["new_list"].strip():
        lists.append(create_list(name=name, by=user_of(request)).pk)
    decided = {
        "lists": list(dict.fromkeys(lists)),
        "tags": chosen["tags"],
        "update": bool(chosen["update"]),
        "consent": chosen["consent"],
    }
    save_plan(job=job, plan=plan.model_copy(update=decided), by=user_of(request))
