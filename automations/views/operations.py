"""Automations' card of the Operations page: runs that failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from automations import actions, vitals
from automations.models import Enrollment
from automations.tasks import nudge
from contacts.operations import PERMISSION, answer
from contacts.permissions import allow, user_of

SHOWN = 10


@require_safe
@allow(PERMISSION)
def failed_runs(request: HttpRequest) -> HttpResponse:
    """The newest runs that failed and stand so."""
    return _runs(request)


def _runs(request: HttpRequest) -> HttpResponse:
    found = Enrollment.objects.visible_to(user_of(request)).failed().select_related("automation", "contact")
    context = {"runs": list(found.order_by("-id")[:SHOWN]), "total": vitals.failed_runs()}
    return render(request, "automations/operations/runs.html", context)


@require_POST
@allow(PERMISSION)
def retry_runs(request: HttpRequest) -> HttpResponse:
    """Take up one failed run (`id`), or all, where it failed."""
    by = user_of(request)
    if pk := request.POST.get("id", ""):
        run = Enrollment.objects.visible_to(by).filter(pk=int(pk) if pk.isdecimal() else 0).first()
        count = int(actions.retry_run(enrollment=run, by=by)) if run else 0
    else:
        count = actions.retry_failed_runs(by=by)
    if count:
        nudge()
    words = ngettext("%(n)s run goes on.", "%(n)s runs go on.", count)
    return answer(request, _runs, words % {"n": count})
