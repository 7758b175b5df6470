"""Bringing a file in: rows are judged, staged by COPY, and brought in by set-based SQL, a chunk a transaction.

The chunk's transaction also holds its issues and the job's progress. Whoever goes on after a dead
worker reads the file again up to the last committed row and comes to the same result.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction

from contacts.actions.fields import add_options
from contacts.activity import is_heard
from contacts.fieldkinds import Reading
from contacts.imports import statements
from contacts.imports.chunks import Chunk, ahead, judged
from contacts.imports.detect import Unreadable
from contacts.imports.judging import Issue, Judge, Level
from contacts.imports.mapping import FIELD
from contacts.imports.plan import Plan
from contacts.imports.staging import Staging, copy, copy_lines, tag_rows
from contacts.jobs import JobFailed, Run
from contacts.models import CustomField, Job, Organization

SOURCE = "import"
FILE_GONE = "The file is gone. Upload it again."


@dataclass
class Figures:
    """What became of the rows so far. `records` counts all rows read, the header and blank ones too."""

    records: int = 0
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    subscribed: int = 0
    kept: int = 0
    no_consent: int = 0
    tags: int = 0
    warnings: int = 0

    @classmethod
    def of(cls, job: Job) -> Figures:
        """The figures that a job keeps."""
        known = cls.__dataclass_fields__
        return cls(**{name: value for name, value in job.result.items() if name in known})

    def as_json(self) -> dict[str, Any]:
        """What the job keeps."""
        return dict(vars(self))


def run_import(run: Run) -> None:
    """Do an import job (the `run` of its kind)."""
    job, plan = run.job, Plan.of(run.job)
    if not job.file:
        if job.done < job.total:
            raise JobFailed(FILE_GONE)
        return  # all is in; only the last word was lost
    ids = [int(column.target.removeprefix(FIELD)) for column in plan.columns if column.target.startswith(FIELD)]
    zone = ZoneInfo(Organization.current().time_zone or "UTC")
    judge = Judge(plan, CustomField.objects.in_bulk(ids), Reading(zone=zone))
    staging, figures = Staging(judge.text_names, judge.fields), Figures.of(job)
    try:
        with job.file.open("rb") as file:
            rows = judged(cast("IO[bytes]", file), plan, judge, staging, skip=figures.records)
            with closing(rows) as chunks, closing(ahead(chunks, run)) as coming:
                for chunk in coming:
                    _load(run, plan, staging, chunk, figures)
    except FileNotFoundError:
        raise JobFailed(FILE_GONE) from None
    except Unreadable as error:
        raise JobFailed(str(error)) from None
    uploaded, storage = job.file.name, job.file.storage
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(file="")
        run.advance(done=job.total, result=figures.as_json())
    # People's data is not kept twice; the report has the rows that did not come in.
    storage.delete(str(uploaded))


@transaction.atomic
def _load(run: Run, plan: Plan, staging: Staging, chunk: Chunk, figures: Figures) -> None:
    """Bring one chunk in, with its issues and the job's progress. Changes `figures` only when all went well."""
    job, now = run.job, Figures(**vars(figures))
    with connection.cursor() as cursor:
        cursor.execute(staging.create())
        copy_lines(cursor, "import_row", staging.columns, chunk.people)
        loader = _Loader(cursor, job, plan, staging, now)
        issues = loader.bring_in(chunk)
        copy(cursor, "contacts_importissue", _ISSUE_COLUMNS, (_issue_row(job, issue) for issue in issues))
    for field_id, options in chunk.learned.items():
        add_options(field_id=field_id, options=options)
    now.records += chunk.records
    now.rows += chunk.rows
    now.rejected += sum(issue.level == Level.REJECTED for issue in issues)
    now.warnings += sum(issue.level == Level.WARNING for issue in issues)
    run.advance(done=now.rows, result=now.as_json())
    vars(figures).update(vars(now))


_HEARD = {
    "account": "account.created",
    "tag": "tag.added",
    "list": "list.subscribed",
    "contact": "contact.imported",
}
_ISSUE_COLUMNS = ("job_id", "line", "level", "code", "detail", "raw")


class _Loader:
    """One chunk's way from the staging table into the tables of people."""

    def __init__(self, cursor: Any, job: Job, plan: Plan, staging: Staging, figures: Figures) -> None:
        self._cursor, self._plan, self._staging, self._figures = cursor, plan, staging, figures
        self._lists = plan.lists if plan.consent else []
        self._parameters = {
            "job": job.pk,
            "by": job.created_by_id,
            "source": SOURCE,
            "update": plan.update,
            "lists": self._lists,
            "file": plan.file_name,
            **{f"heard_{noun}": is_heard(kind) for noun, kind in _HEARD.items()},
        }

    def bring_in(self, chunk: Chunk) -> list[Issue]:
        """Do it, and count; answers what there is to tell of the chunk's lines."""
        issues = self._match(chunk)
        self._do(statements.ACCOUNTS)
        self._create()
        self._do(statements.SEE)
        fresh, known, no_consent = self._ask(statements.COUNTS)[0]
        has_tags = self._name_tags(chunk)
        if fresh:
            self._bring_in_fresh(has_tags=has_tags)
        if known:
            issues += self._bring_in_known(known, has_tags=has_tags)
        self._figures.created += fresh
        self._figures.no_consent += no_consent
        return issues

    def _match(self, chunk: Chunk) -> list[Issue]:
        """Find who is here already, drop doubles; answers the chunk's issues with theirs."""
        inside = dict(self._ask(statements.DOUBLES))
        self._do(statements.MATCH)
        self._do(statements.ANALYZE)
        before = dict(self._ask(statements.DOUBLES_BEFORE))
        # The first of some doubles here may itself be one of an earlier chunk.
        doubles = before | {line: before.get(first, first) for line, first in inside.items()}
        self._figures.duplicates += len(doubles)
        if not doubles:
            return chunk.issues
        raw = {record.line: record.cells for record in chunk.raw if record.line in doubles}
        # A warning about a row that did not come in would only confuse.
        kept = [issue for issue in chunk.issues if issue.level != Level.WARNING or issue.line not in doubles]
        return kept + [
            Issue(line, Level.DUPLICATE, "duplicate", str(first), raw[line]) for line, first in sorted(doubles.items())
        ]

    def _create(self) -> None:
        try:
            with transaction.atomic():
                self._do(statements.CREATE)
        except IntegrityError:
            self._do(statements.CREATE_BESIDE_OTHERS)
            self._do(statements.MATCH_OTHERS)

    def _name_tags(self, chunk: Chunk) -> bool:
        """Make the chunk's tags known and stage what its sets of tags mean; whether there are any."""
        rows = list(tag_rows(chunk.tagsets, self._plan.tags))
        copy(self._cursor, "import_tagset", ("tagset", "name"), rows)
        if rows:
            self._do(statements.NEW_TAGS)
        self._do(statements.TAGSETS)
        return bool(rows)

    def _bring_in_fresh(self, *, has_tags: bool) -> None:
        if self._staging.fields:
            self._do(statements.FRESH_VALUES.format(values=self._staging.values()))
        if has_tags:
            self._figures.tags += self._do(statements.FRESH_TAGS)
        if self._lists:
            self._figures.subscribed += self._do(statements.FRESH_SUBSCRIPTIONS)
        self._do(statements.FRESH_LOG)

    def _bring_in_known(self, known: int, *, has_tags: bool) -> list[Issue]:
        """Bring in what is new of people who are here already; answers who stays unsubscribed."""
        if self._plan.update:
            self._do(statements.UPDATE)
            if self._staging.fields:
                self._do(statements.KNOWN_VALUES.format(values=self._staging.values()))
        if has_tags:
            self._figures.tags += self._do(statements.KNOWN_TAGS)
        kept = sorted(self._ask(statements.KEPT)) if self._lists else []
        self._figures.kept += len({line for line, _name, _status in kept})
        if self._lists:
            self._figures.subscribed += self._do(statements.KNOWN_SUBSCRIPTIONS)
        self._do(statements.KNOWN_LOG)
        (updated,) = self._ask(statements.CHANGED)[0]
        self._figures.updated += updated
        self._figures.unchanged += known - updated
        return [Issue(line, Level.KEPT, f"kept_{status}", name) for line, name, status in kept]

    def _do(self, statement: str) -> int:
        self._cursor.execute(statement, self._parameters)
        return int(self._cursor.rowcount)

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        self._cursor.execute(statement, self._parameters)
        return list(self._cursor.fetchall())


def _issue_row(job: Job, issue: Issue) -> tuple[Any, ...]:
    raw = None if issue.raw is None else json.dumps([_storable(cell) for cell in issue.raw])
    return job.pk, issue.line, issue.level, issue.code, _storable(issue.detail)[:300], raw


def _storable(text: str) -> str:
    """PostgreSQL keeps no zero characters and no half surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
