"""Bringing a file in: rows are judged, staged by COPY, and brought in by set-based SQL, a chunk a transaction.

The chunk's transaction also holds its issues and the job's progress. Whoever goes on after a dead
worker reads the file again up to the last committed row and comes to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from contacts.activity import is_heard
from contacts.fieldkinds import Reading
from contacts.imports import statements
from contacts.imports.detect import Record, Unreadable, open_text, records
from contacts.imports.judging import TEXTS, Issue, Judge, Level, Person
from contacts.imports.mapping import FIELD
from contacts.imports.plan import Plan
from contacts.jobs import JobFailed, Run
from contacts.models import CustomField, ImportSeen, Job, Organization

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


@dataclass
class _Chunk:
    people: list[Person] = field(default_factory=list)
    raw: dict[int, list[str]] = field(default_factory=dict)
    rows: int = 0
    records: int = 0


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
    figures = Figures.of(job)
    try:
        with job.file.open("rb") as file:
            for chunk in _chunks(cast("IO[bytes]", file), plan, judge, skip=figures.records, run=run):
                _load(run, plan, judge, chunk, figures)
    except FileNotFoundError:
        raise JobFailed(FILE_GONE) from None
    except Unreadable as error:
        raise JobFailed(str(error)) from None
    uploaded, storage = job.file.name, job.file.storage
    with transaction.atomic():
        ImportSeen.objects.filter(job=job).delete()
        Job.objects.filter(pk=job.pk).update(file="")
        run.advance(done=job.total, result=figures.as_json())
    # People's data is not kept twice; the report has the rows that did not come in.
    storage.delete(str(uploaded))


def _chunks(file: IO[bytes], plan: Plan, judge: Judge, *, skip: int, run: Run) -> Iterator[_Chunk]:
    """Judge the file's rows from the `skip`th on, a chunk at a time."""
    with open_text(file, plan.encoding) as text:
        rows = records(text, plan.dialect)
        for _done in islice(rows, skip):
            run.alive()
        header = plan.has_header and not skip
        while taken := list(islice(rows, plan.chunk_rows)):
            chunk = _Chunk(records=len(taken))
            for record in taken:
                if header and any(record.cells):
                    header = False
                    continue
                _judge(judge, record, chunk)
            run.alive()
            yield chunk


def _judge(judge: Judge, record: Record, chunk: _Chunk) -> None:
    told = len(judge.issues)
    if person := judge.judge(record):
        chunk.people.append(person)
        chunk.raw[record.line] = record.cells
        chunk.rows += 1
    elif len(judge.issues) > told:
        chunk.rows += 1


@transaction.atomic
def _load(run: Run, plan: Plan, judge: Judge, chunk: _Chunk, figures: Figures) -> None:
    """Bring one chunk in, with its issues and the job's progress. Changes `figures` only when all went well."""
    job, now = run.job, Figures(**vars(figures))
    issues, judge.issues = judge.issues, []
    parameters = {
        "job": job.pk,
        "by": job.created_by_id,
        "source": SOURCE,
        "update": plan.update,
        "lists": plan.lists if plan.consent else [],
        "tags": plan.tags,
        "file": plan.file_name,
        "changed": [],
        **{f"heard_{noun}": is_heard(kind) for noun, kind in _HEARD.items()},
    }
    with connection.cursor() as cursor:
        _stage(cursor, chunk.people)
        _bring_in(cursor, parameters, chunk, issues, now)
        _copy(cursor, "contacts_importissue", _ISSUE_COLUMNS, (_issue_row(job, issue) for issue in issues))
    for field_id, options in judge.learned.items():
        CustomField.objects.filter(pk=field_id).update(options=list(options))
    judge.learned.clear()
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


def _stage(cursor: Any, people: Sequence[Person]) -> None:
    cursor.execute(statements.STAGE)
    _copy(cursor, "import_row", statements.COLUMNS, map(_person_row, people))
    _copy(cursor, "import_tag", ("line", "name"), ((p.line, tag) for p in people for tag in p.tags))
    values = (
        (person.line, field_id, value.text, value.number, value.date, value.at)
        for person in people
        for field_id, value in person.values
    )
    _copy(cursor, "import_value", ("line", "field_id", "text", "number", "date", "at"), values)


def _bring_in(cursor: Any, parameters: dict[str, Any], chunk: _Chunk, issues: list[Issue], now: Figures) -> None:
    def do(statement: str) -> int:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)

    do(statements.SEE)
    now.duplicates += do(statements.DOUBLES)
    doubles = dict(cursor.fetchall())
    issues.extend(
        Issue(line, Level.DUPLICATE, "duplicate", str(first), chunk.raw[line])
        for line, first in sorted(doubles.items())
    )
    # A warning about a row that did not come in would only confuse.
    issues[:] = [issue for issue in issues if issue.level != Level.WARNING or issue.line not in doubles]
    do(statements.ANALYZE)
    do(statements.MATCH)
    do(statements.ACCOUNTS)
    do(statements.CREATE)
    do(statements.MATCH)  # whom somebody else added in this very moment
    changed: set[int] = set()
    if plan_updates := parameters["update"]:
        do(statements.UPDATE)
        changed |= {row[0] for row in cursor.fetchall()}
    do(statements.VALUES)
    changed |= {row[0] for row in cursor.fetchall()} if plan_updates else set()
    do(statements.CHOSEN_TAGS)
    do(statements.NEW_TAGS)
    now.tags += do(statements.TAGS)
    do(statements.KEPT)
    kept = sorted(cursor.fetchall())
    issues.extend(Issue(line, Level.KEPT, f"kept_{status}", name) for line, name, status in kept)
    now.kept += len({line for line, _name, _status in kept})
    now.subscribed += do(statements.SUBSCRIBE)
    parameters["changed"] = list(changed)
    do(statements.COUNTS)
    fresh, known, no_consent = cursor.fetchone()
    do(statements.LOG)
    now.created += fresh
    now.no_consent += no_consent
    updated = _count_changed(cursor, parameters)
    now.updated += updated
    now.unchanged += known - updated


def _count_changed(cursor: Any, parameters: dict[str, Any]) -> int:
    cursor.execute("SELECT count(*) FROM import_row WHERE NOT fresh AND contact_id = ANY(%(changed)s)", parameters)
    return int(cursor.fetchone()[0])


def _person_row(person: Person) -> tuple[Any, ...]:
    texts = person.texts
    return (person.line, person.email, *(texts.get(name, "") for name in TEXTS), person.account, person.opted_in)


def _issue_row(job: Job, issue: Issue) -> tuple[Any, ...]:
    raw = None if issue.raw is None else json.dumps([_storable(cell) for cell in issue.raw])
    return job.pk, issue.line, issue.level, issue.code, _storable(issue.detail)[:300], raw


def _storable(text: str) -> str:
    """PostgreSQL keeps no zero characters and no half surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(statements.copy_into(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)
