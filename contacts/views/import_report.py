"""What became of an import, row by row: on pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contacts.actions.imports import KIND
from contacts.imports.loading import Figures
from contacts.imports.plan import Plan
from contacts.imports.reasons import words_of
from contacts.models import ImportIssue, Job, MailingList
from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of
from contacts.views.jobs import job_for

# `line` is part of the index that serves a level's pages.
BY_LINE = Order("line", "Line", by=F("line"), read=int)
Level = ImportIssue.Level
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ReportTab:
    """One level of issues."""

    label: str
    url: str
    count: int
    current: bool


@require_safe
@allow("contacts.import")
def import_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Figures, and the lines that did not come in as they stood."""
    job = job_for(user_of(request), pk, kind=KIND)
    plan = Plan.of(job)
    counts = _counts(job)
    level = request.GET.get("level", "")
    level = level if level in Level.values else next((each for each in Level.values if counts.get(each)), "rejected")
    issues = ImportIssue.objects.filter(job=job, level=level)
    page = take_page(issues, BY_LINE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    address = reverse("contacts:import_report", args=[job.pk])
    context = {
        "job": job,
        "plan": plan,
        "figures": Figures.of(job),
        "tabs": [
            ReportTab(str(each.label), f"{address}?level={each}", counts.get(each, 0), each == level) for each in Level
        ],
        "level": level,
        "issues": [(issue, words_of(issue)) for issue in page.rows],
        "page": page,
        "lists": MailingList.objects.filter(pk__in=plan.lists),
        "has_issues": any(counts.values()),
    }
    return render(request, "contacts/import/report.html", context)


@require_safe
@allow("contacts.import")
def import_report_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """All lines of the report, or of one `level`, with the cells of those that did not come in."""
    job = job_for(user_of(request), pk, kind=KIND)
    issues = ImportIssue.objects.filter(job=job).order_by("line", "pk")
    if (level := request.GET.get("level", "")) in Level.values:
        issues = issues.filter(level=level)
    headers = [column.header for column in Plan.of(job).columns]
    response = StreamingHttpResponse(_lines(issues.iterator(2000), headers), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-report.csv"'
    return response


def _counts(job: Job) -> dict[str, int]:
    found = ImportIssue.objects.filter(job=job).order_by().values_list("level").annotate(Count("pk"))
    return dict(found)


def _lines(issues: Iterator[ImportIssue], headers: list[str]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets take UTF-8 for Windows-1252 without it
    yield _line([_("Line"), _("What became of it"), _("Reason"), *headers])
    for issue in issues:
        cells = [_harmless(cell) for cell in issue.raw or []]
        yield _line([str(issue.line), issue.get_level_display(), _harmless(words_of(issue)), *cells])


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
