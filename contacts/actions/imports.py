"""An import as its user drives it: upload, describe, submit. `contacts.imports.loading` does it."""

from __future__ import annotations

import structlog
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from contacts.actions.fields import InvalidField, create_field
from contacts.actions.jobs import submit_job
from contacts.imports.detect import detect
from contacts.imports.mapping import FIELD, NEW
from contacts.imports.plan import Column, Plan
from contacts.imports.preview import count_rows, guess_columns
from contacts.models import CustomField, Job, MailingList, User

log = structlog.get_logger(__name__)

KIND = "contacts.import"


class FileNotKept(Exception):
    """The server's disk does not take the file, for example because it is full; the message is for its user."""

    permanent = False


class PlanProblem(ValueError):
    """The import cannot start as it is described; the message is for its user."""

    permanent = True


def upload_import(*, file: File[bytes], name: str, by: User | None) -> Job:
    """Keep a file as a draft import, with a guess of how it is written and what is in it.

    Raises Unreadable, and FileNotKept where the disk does not take it.
    """
    written = detect(file)
    plan = guess_columns(file, Plan(file_name=name[:200]).with_format(written))
    total = count_rows(file, plan)
    file.seek(0)
    job = Job(kind=KIND, title=name[:255], created_by=by, params=plan.model_dump(), total=total)
    _keep_file(job, file)
    job.save()
    return job


def _keep_file(job: Job, file: File[bytes]) -> None:
    storage = job.file.storage
    name = storage.get_available_name(job.file.field.generate_filename(job, "import.csv"))
    try:
        job.file.name = storage.save(name, file)
    except OSError as error:
        # What was written of it helps nobody, least of all on a full disk.
        storage.delete(name)
        log.exception("import_not_kept")
        words = _("The file could not be kept on the server: %(reason)s. Nothing was imported.")
        raise FileNotKept(words % {"reason": error.strerror or type(error).__name__}) from error


def reread_import(*, job: Job, plan: Plan, by: User | None) -> Job:
    """Read a draft's file another way: its columns are guessed and its rows counted anew. Raises Unreadable."""
    with job.file.open("rb") as file:
        guessed = guess_columns(file, plan)
        total = count_rows(file, guessed)
    Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(total=total)
    return save_plan(job=job, plan=guessed, by=by)


@transaction.atomic
def save_plan(*, job: Job, plan: Plan, by: User | None) -> Job:
    """Keep what the user decided so far; only while the import is being set up."""
    Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(params=plan.model_dump())
    job.refresh_from_db()
    return job


@transaction.atomic
def submit_import(*, job: Job, by: User | None) -> Job:
    """Start an import that is set up: makes its new fields and lets workers find it. Raises PlanProblem."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state != Job.State.DRAFT:
        return job
    plan = Plan.of(job)
    check_plan(plan)
    made: list[int] = []
    columns = [_with_field(column, made, by) for column in plan.columns]
    final = plan.model_copy(update={"columns": columns, "made_fields": made})
    Job.objects.filter(pk=job.pk).update(params=final.model_dump())
    return submit_job(job=job)


def check_plan(plan: Plan) -> None:
    """Refuse a plan without an address, with a target twice, or with lists and no consent. Raises PlanProblem."""
    used = [column.target for column in plan.columns if column.target not in ("ignore", NEW)]
    if "email" not in used:
        raise PlanProblem("Say which column holds the email address.")
    twice = next((target for target in used if used.count(target) > 1), None)
    if twice:
        raise PlanProblem("Two columns are mapped to the same field.")
    if plan.lists and not plan.consent:
        raise PlanProblem("Confirm that these people agreed to receive your mail, or choose no list.")
    if MailingList.objects.filter(pk__in=plan.lists).count() != len(set(plan.lists)):
        raise PlanProblem("A chosen list is gone.")


def _with_field(column: Column, made: list[int], by: User | None) -> Column:
    if column.target != NEW:
        return column
    try:
        field = create_field(label=column.header or "Column", kind=column.kind, options=column.options, by=by)
        made.append(field.pk)
    except InvalidField:  # made meanwhile, perhaps by an import of the same file: use that one
        known = CustomField.objects.filter(label__iexact=column.header).first()
        if known is None:
            raise PlanProblem(f"No field can be made of column “{column.header}”.") from None
        field = known
    return column.model_copy(update={"target": f"{FIELD}{field.pk}", "kind": field.kind})
