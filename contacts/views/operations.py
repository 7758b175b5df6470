"""The ground floor's cards of the Operations page: jobs that failed, and events that could not be handled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from contacts import handover, vitals
from contacts.actions.jobs import restart_failed_jobs, restart_job
from contacts.models import Job
from contacts.operations import PERMISSION, answer
from contacts.permissions import allow, user_of
from contacts.tasks import nudge_jobs

SHOWN = 10


@require_safe
@allow(PERMISSION)
def failed_jobs(request: HttpRequest) -> HttpResponse:
    """The newest jobs that failed and stand so."""
    return _jobs(request)


def _jobs(request: HttpRequest) -> HttpResponse:
    found = Job.objects.visible_to(user_of(request)).filter(state=Job.State.FAILED).select_related("created_by")
    context = {"jobs": list(found.order_by("-finished_at")[:SHOWN]), "total": vitals.failed_jobs()}
    return render(request, "contacts/operations/jobs.html", context)


@require_POST
@allow(PERMISSION)
def retry_jobs(request: HttpRequest) -> HttpResponse:
    """Let one failed job (`id`), or all, go on from where it stopped."""
    by = user_of(request)
    if pk := request.POST.get("id", ""):
        job = Job.objects.visible_to(by).filter(pk=int(pk) if pk.isdecimal() else 0, state=Job.State.FAILED).first()
        count = int(restart_job(job=job, by=by)) if job else 0
    else:
        count = restart_failed_jobs(by=by)
    nudge_jobs()
    words = ngettext("%(n)s job goes on.", "%(n)s jobs go on.", count)
    return answer(request, _jobs, words % {"n": count})


@require_safe
@allow(PERMISSION)
def failed_handovers(request: HttpRequest) -> HttpResponse:
    """The newest entries of the activity log that some listener failed on."""
    return _handovers(request)


def _handovers(request: HttpRequest) -> HttpResponse:
    context = {"entries": list(handover.failed()[:SHOWN]), "total": vitals.failed_handovers()}
    return render(request, "contacts/operations/handovers.html", context)


@require_POST
@allow(PERMISSION)
def retry_handovers(request: HttpRequest) -> HttpResponse:
    """Hand one entry (`id`), or all that failed, over to its listeners again."""
    if pk := request.POST.get("id", ""):
        count = int(handover.retry(int(pk))) if pk.isdecimal() and len(pk) < 19 else 0
    else:
        count = handover.retry_all()
    words = ngettext("%(n)s event is tried again now.", "%(n)s events are tried again now.", count)
    return answer(request, _handovers, words % {"n": count})
