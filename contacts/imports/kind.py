"""The import as a kind of job."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.imports.loading import run_import
from contacts.jobs import JobKind
from contacts.models import Job


def _report(job: Job) -> str | None:
    return reverse("contacts:import_report", args=[job.pk]) if job.result else None


def _setup(job: Job) -> str | None:
    return reverse("contacts:import_map", args=[job.pk])


IMPORT = JobKind("contacts.import", _("Import"), run_import, "file-import", _report, _setup)
