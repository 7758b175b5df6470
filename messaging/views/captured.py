"""Captured mail: what would have left, shown as its recipient would see it, with its source."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from contacts.permissions import allow
from messaging.models import CapturedMail
from messaging.paging import capped_count, page_of
from messaging.showing import as_document


@require_safe
@allow("captured.view")
def overview(request: HttpRequest) -> HttpResponse:
    """The list, newest first; search by recipient or subject."""
    found = CapturedMail.objects.defer("raw").select_related("message__mailing")
    if words := request.GET.get("q", "").strip()[:200]:
        found = found.filter(rcpt_to__icontains=words) | found.filter(subject__icontains=words)
    context = {"page": page_of(request, found), "total": capped_count(found), "q": words}
    return render(request, "messaging/captured.html", context)


@require_safe
@allow("captured.view")
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One captured mail: as seen, its text, its headers, its source."""
    found = get_object_or_404(CapturedMail, pk=pk)
    raw = bytes(found.raw)
    parsed = _parsed(raw)
    context = {
        "mail": found,
        "headers": [(name, str(value)) for name, value in parsed.items()],
        "text": _part(parsed, "plain"),
        "has_html": bool(_part(parsed, "html")),
        "source": raw.decode("utf-8", "replace"),
        "size": len(raw),
        "attachments": [part.get_filename() or "?" for part in parsed.iter_attachments()],
    }
    return render(request, "messaging/captured_mail.html", context)


@require_safe
@allow("captured.view")
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part, for the frame: nothing in it can run, and images come from this host only."""
    found = get_object_or_404(CapturedMail, pk=pk)
    html = _part(_parsed(bytes(found.raw)), "html")
    if not html:
        raise Http404
    return as_document(html, remote_images=False)


@require_safe
@allow("captured.view")
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The message as a file that mail programs open."""
    found = get_object_or_404(CapturedMail, pk=pk)
    response = HttpResponse(bytes(found.raw), content_type="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="captured-{found.pk}.eml"'
    return response


def _parsed(raw: bytes) -> EmailMessage:
    # Read with the modern policy: only shown here, never answered or sent again.
    return message_from_bytes(raw, policy=policy)


def _part(parsed: EmailMessage, subtype: str) -> str:
    found = parsed.get_body(preferencelist=(subtype,))
    if found is None:
        return ""
    try:
        return str(found.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        return ""
