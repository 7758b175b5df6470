"""One message: what was said to whom, which way it went, and what became of it."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts.permissions import allow, user_of
from messaging import showing
from messaging.actions.hold import resolve_uncertain
from messaging.actions.retry import retry_message
from messaging.models import Attempt, Hit, MailingLink, Message
from messaging.tasks import nudge
from messaging.timeline import VERDICTS, split_hits, timeline, tone_of

MAX_HITS = 200


@require_safe
@allow("messages.view")
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The message's page."""
    found = _message(request, pk)
    attempts = [*Attempt.objects.filter(message_id=found.pk).select_related("provider").order_by("pk"), *_taken(found)]
    people, machines = split_hits(list(Hit.objects.filter(message_id=found.pk).order_by("-at")[:MAX_HITS]))
    urls = dict(MailingLink.objects.filter(mailing_id=found.mailing_id).values_list("number", "url"))
    context = {
        "message": found,
        "tone": tone_of(found),
        "shown": showing.shown(found),
        "steps": timeline(found, attempts),
        "attempts": attempts,
        "people": [(hit, urls.get(hit.link_number or 0, "")) for hit in people],
        "machines": [
            (hit, urls.get(hit.link_number or 0, ""), VERDICTS.get(hit.verdict, hit.verdict)) for hit in machines
        ],
        "captured": found.captured.defer("raw").first(),
    }
    return render(request, "messaging/message.html", context)


@require_safe
@allow("messages.view")
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """Its HTML, for the frame."""
    return showing.as_document(showing.shown(_message(request, pk)).html)


@require_POST
@allow("messages.manage")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """An uncertain message: a person says whether it arrived, or has it sent again."""
    arrived = request.POST.get("arrived") == "yes"
    found = resolve_uncertain(message=_message(request, pk), arrived=arrived, by=user_of(request))
    if not arrived:
        nudge(found.lane)
    flash.success(request, _("Settled.") if arrived else _("It will be sent again."))
    return redirect(found)


@require_POST
@allow("messages.manage")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a failed message once more."""
    found = retry_message(message=_message(request, pk), by=user_of(request))
    nudge(found.lane)
    flash.success(request, _("It will be tried again."))
    return redirect(found)


def _message(request: HttpRequest, pk: int) -> Message:
    visible = Message.objects.visible_to(user_of(request)).select_related(
        "mailing", "contact", "provider", "user", "mailing_list", "deal", "account"
    )
    found: Message = get_object_or_404(visible, pk=pk)
    return found


def _taken(message: Message) -> list[Attempt]:
    """The try by which it was taken, which is kept with the message."""
    if not (message.sent_at and message.answer):
        return []
    return [
        Attempt(
            at=message.sent_at,
            provider=message.provider,
            outcome="accepted",
            text=message.answer,
            milliseconds=message.answer_ms,
        )
    ]
