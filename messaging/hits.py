"""Opens and clicks, answered: a pixel or a redirect, and the hit kept. Nothing here needs a session or a user.

Many come at once, minutes after a blast. So `messaging.middleware` answers them before anything else of the
request is looked at, and the one query of a click is written out.
"""

from __future__ import annotations

from base64 import b64decode

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from messaging import showing
from messaging.draining import take
from messaging.judging import HIDDEN_LINK
from messaging.tokens import read_message_token
from messaging.tracking import RawHit, network_of

# One transparent pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# No cache keeps an answer, no search engine lists it, and no site learns from where its reader came.
HEADERS = {
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    "Expires": "Thu, 01 Jan 1970 00:00:00 GMT",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
# Said by us, since the middleware that says it for other pages comes later; without it the body would go in chunks.
_PIXEL_HEADERS = {**HEADERS, "Content-Length": str(len(PIXEL))}
_REDIRECT_HEADERS = {**HEADERS, "Content-Length": "0"}
_LINK = """
    SELECT link.url FROM messaging_message AS message
    JOIN messaging_mailinglink AS link ON link.mailing_id = message.mailing_id AND link.number = %s
    WHERE message.id = %s
"""


def answer_open(request: HttpRequest, token: str) -> HttpResponse | None:
    """The image at the end of a message; None for a token that is not ours."""
    message_id = read_message_token(token)
    if message_id is None:
        return None
    take(_hit(request, message_id, "open"))
    return HttpResponse(PIXEL, content_type="image/gif", headers=_PIXEL_HEADERS)


def answer_click(request: HttpRequest, token: str, number: int) -> HttpResponse | None:
    """A redirect to the URL stored with the message's mailing; None for a token or a number that is not ours."""
    message_id = read_message_token(token)
    if message_id is None:
        return None
    if number == HIDDEN_LINK:
        take(_hit(request, message_id, "click", number))
        return HttpResponse(status=204, headers=HEADERS)
    url = _target(message_id, number)
    if url is None:
        return None
    take(_hit(request, message_id, "click", number))
    return HttpResponseRedirect(url, headers=_REDIRECT_HEADERS)


def _target(message_id: int, number: int) -> str | None:
    """Where a link of a message leads. By SQL of our own: making the same of a queryset takes longer than asking it."""
    # Django would first ask whether a kept connection still lives, which takes as long as the question itself.
    connection.health_check_done = True  # type: ignore[attr-defined]  # django-stubs does not know it
    try:
        found = _asked(message_id, number)
    except (OperationalError, InterfaceError):
        connection.close()
        found = _asked(message_id, number)
    if found is None:
        return None
    return showing.filled_link(message_id, number) if "{" in found[0] else str(found[0])


def _asked(message_id: int, number: int) -> tuple[str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [number, message_id])
        found: tuple[str] | None = cursor.fetchone()
        return found


def _hit(request: HttpRequest, message_id: int, kind: str, link: int | None = None) -> RawHit:
    return RawHit(
        message_id=message_id,
        kind=kind,
        at=timezone.now(),
        link=link,
        agent=request.META.get("HTTP_USER_AGENT", ""),
        network=network_of(_client(request)),
        head=request.method == "HEAD",
    )


def _client(request: HttpRequest) -> str:
    """The reader's address; behind the one proxy we trust (TRUST_PROXY), the one that it added."""
    if getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0):
        return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2]
    return str(request.META.get("REMOTE_ADDR", ""))
