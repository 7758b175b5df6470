"""What can be said of a file before it is imported: its first rows, a guess of its columns, the likely outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db.models import Count
from django.db.models.functions import Lower

from contacts.fieldkinds import Reading, kind_of
from contacts.imports.detect import SAMPLE_ROWS, Record, open_text, records
from contacts.imports.judging import Judge, Level, Person
from contacts.imports.mapping import FIELD, NEW, Sample, guess
from contacts.imports.plan import Plan
from contacts.models import Contact, CustomField, Organization, Subscription

# A request may judge this many rows (about half a second); of a longer file the figures are a sample's.
TRIED_ROWS = 10_000


def first_rows(file: File[bytes], plan: Plan, count: int = SAMPLE_ROWS) -> list[Record]:
    """The first rows that are not blank, the header among them. Raises Unreadable."""
    with open_text(_bytes(file), plan.encoding) as text:
        filled = (record for record in records(text, plan.dialect) if any(record.cells))
        return list(islice(filled, count))


def unknown_options(records: Iterable[Record], index: int, field: CustomField) -> list[str]:
    """What a column of some rows holds beside the options of a field, each once."""
    kind, known = kind_of(field.kind), {option.lower() for option in field.options}
    fresh: dict[str, str] = {}
    for record in records:
        cell = record.cells[index].strip() if index < len(record.cells) else ""
        for part in kind.choices(cell) if cell else ():
            if part.lower() not in known:
                fresh.setdefault(part.lower(), part)
    return list(fresh.values())


def count_rows(file: File[bytes], plan: Plan) -> int:
    """How many rows a file has below its header, blank ones left out. Raises Unreadable, naming the line."""
    with open_text(_bytes(file), plan.encoding) as text:
        filled = sum(1 for record in records(text, plan.dialect) if any(record.cells))
    return max(0, filled - plan.has_header)


def guess_columns(file: File[bytes], plan: Plan) -> Plan:
    """The plan with a guess of what the columns are. Raises Unreadable."""
    rows = [record.cells for record in first_rows(file, plan, 5 * SAMPLE_ROWS)]
    sample = Sample.of(rows, has_header=plan.has_header)
    return plan.model_copy(update={"columns": guess(sample, CustomField.objects.all())})


@dataclass
class Outlook:
    """What would become of the first TRIED_ROWS rows."""

    rows: int = 0
    rejected: int = 0
    duplicates: int = 0
    new: int = 0
    known: int = 0
    no_consent: int = 0
    kept: int = 0
    is_whole: bool = True


def outlook(file: File[bytes], plan: Plan) -> Outlook:
    """Judge the first rows and look them up, changing nothing. Raises Unreadable."""
    people, seen = Outlook(), dict[str, Person]()
    judge = _judge(plan)
    with open_text(_bytes(file), plan.encoding) as text:
        rows = (record for record in records(text, plan.dialect) if any(record.cells))
        if plan.has_header:
            next(rows, None)
        for record in islice(rows, TRIED_ROWS):
            person = judge.judge(record)
            people.rows += 1
            if person is None:
                continue
            people.duplicates += person.email.lower() in seen
            seen.setdefault(person.email.lower(), person)
        people.is_whole = next(rows, None) is None
    people.rejected = sum(issue.level == Level.REJECTED for issue in judge.issues)
    people.no_consent = sum(not person.opted_in for person in seen.values())
    known = Contact.objects.alias(lower=Lower("email")).filter(lower__in=list(seen))
    people.known = known.count()
    people.new = len(seen) - people.known
    left = Subscription.objects.filter(contact__in=known, list__in=plan.lists, status__in=("unsubscribed", "bounced"))
    people.kept = left.aggregate(people=Count("contact", distinct=True))["people"]
    return people


def _judge(plan: Plan) -> Judge:
    """A judge for a plan whose new fields are not made yet: they stand in with numbers of their own."""
    fields = dict[int, CustomField]()
    columns = []
    for number, column in enumerate(plan.columns, 1):
        if column.target == NEW:
            fields[-number] = CustomField(pk=-number, label=column.header, kind=column.kind, options=column.options)
            columns.append(column.model_copy(update={"target": f"{FIELD}{-number}"}))
        else:
            columns.append(column)
    stand_in = plan.model_copy(update={"columns": columns, "made_fields": list(fields)})
    ids = [int(c.target.removeprefix(FIELD)) for c in columns if c.target.startswith(FIELD)]
    zone = ZoneInfo(Organization.current().time_zone or "UTC")
    return Judge(stand_in, CustomField.objects.in_bulk(ids) | fields, Reading(zone=zone))


def _bytes(file: Any) -> IO[bytes]:
    return cast("IO[bytes]", file)
