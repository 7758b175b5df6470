"""The Jobs page: long work, how far it is, and where it led."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts import handover, jobs
from contacts.actions.jobs import cancel_job, restart_job
from contacts.models import Job, User
from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of
from contacts.tasks import nudge_jobs

NEWEST_FIRST = Order("newest", "Newest first", falling=True)
TONES = {"draft": "grey", "queued": "azure", "running": "indigo", "done": "green", "failed": "red", "cancelled": "grey"}


@dataclass(frozen=True)
class ShownJob:
    """A job with what its kind says of it."""

    job: Job

    @property
    def kind(self) -> jobs.JobKind | None:
        """Its kind; None when the app is gone."""
        return jobs.kind_of(self.job)

    @property
    def icon(self) -> str:
        """The kind's icon."""
        return self.kind.icon if self.kind else "progress"

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return TONES.get(self.job.state, "grey")

    @property
    def result_url(self) -> str | None:
        """Where its result is to be seen."""
        return self.kind.result_url(self.job) if self.kind and self.kind.result_url else None

    @property
    def setup_url(self) -> str | None:
        """Where a draft goes on being set up."""
        return self.kind.setup_url(self.job) if self.kind and self.kind.setup_url else None

    @property
    def can_cancel(self) -> bool:
        """Whether it can still be stopped."""
        return self.job.state in (Job.State.DRAFT, Job.State.QUEUED, Job.State.RUNNING)

    @property
    def can_restart(self) -> bool:
        """Whether it can go on from where it stopped."""
        return self.job.state in (Job.State.FAILED, Job.State.CANCELLED) and bool(self.job.started_at)


def job_for(user: User, pk: int, **facts: Any) -> Job:
    """The door to a job. Raises Http404 for others' jobs."""
    job: Job = get_object_or_404(Job.objects.visible_to(user).select_related("created_by"), pk=pk, **facts)
    return job


@require_safe
@allow("contacts.view")
def job_list(request: HttpRequest) -> HttpResponse:
    """All jobs the user may see; only the rows when the page renews itself."""
    seen = Job.objects.visible_to(user_of(request)).select_related("created_by")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = take_page(seen, NEWEST_FIRST, after=after, before=before)
    shown = [ShownJob(job) for job in page.rows]
    context: dict[str, Any] = {"jobs": shown, "page": page, "is_moving": any(each.job.is_open for each in shown)}
    if user_of(request).can("settings.edit"):
        context["unheard"] = list(handover.failed()[:20])
    name = "rows" if request.headers.get("HX-Target") == "jobs" else "list"
    return render(request, f"contacts/jobs/{name}.html", context)


@require_safe
@allow("contacts.view")
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; only its state when the page renews itself."""
    shown = ShownJob(job_for(user_of(request), pk))
    name = "state" if request.headers.get("HX-Target") == "job-state" else "job"
    return render(request, f"contacts/jobs/{name}.html", {"shown": shown, "job": shown.job})


@require_POST
@allow("contacts.view")
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a job."""
    job = job_for(user_of(request), pk)
    if not cancel_job(job=job, by=user_of(request)):
        messages.warning(request, _("It had ended already."))
    return redirect(job)


@require_POST
@allow("contacts.view")
def job_restart(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stopped job go on."""
    job = job_for(user_of(request), pk)
    if restart_job(job=job, by=user_of(request)):
        nudge_jobs()
    return redirect(job)


@require_POST
@allow("settings.edit")
def handover_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand an entry of the activity log over to its listeners again, now."""
    if handover.retry(pk):
        messages.success(request, _("It is tried again now."))
    return redirect("contacts:jobs")
