"""A message shown again, exactly as it was said: on its page, in the browser, among captured mail."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils import timezone

from messaging.compilation import CompiledMailing, render_slots, resolve_link
from messaging.liquid import TemplateError
from messaging.mime import render_html, render_subject, render_text
from messaging.models import Mailing, Message
from messaging.rendering import Surroundings, facts_of, recipients

# Mail brings styles of its own, and nothing else: no scripts, no forms, an origin that is nobody's.
# Images: of the web, as in a mail program; or of this host alone.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src https:; img-src {images}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_REMOTE = "https: data: 'self'"
_OWN = "data: 'self'"


@dataclass(frozen=True)
class Shown:
    """What was said. `exact` is False for a message that was never filled in: shown with what is known now."""

    subject: str
    html: str
    text: str
    exact: bool = True


def shown(message: Message) -> Shown:
    """The message as its recipient got it, without the pixel and with links that are not counted."""
    compiled = compiled_of(message.mailing)
    if compiled is None:
        return Shown(message.mailing.subject, message.mailing.html, message.mailing.text, exact=False)
    around = Surroundings()
    slots = message.slots
    if slots is None:
        try:
            slots = render_slots(compiled, recipients([message], compiled, around)[message.pk])
        except TemplateError as error:  # this recipient's values break the template: that is what there is to say
            return Shown(message.mailing.subject, "", str(error), exact=False)
    auto = message.mailing.auto_submitted
    facts = facts_of(message, compiled, around, auto_submitted=auto, date=message.sent_at or timezone.now())
    return Shown(
        render_subject(compiled, slots),
        render_html(compiled, slots, facts, tracked=False),
        render_text(compiled, slots, facts),
        exact=message.slots is not None,
    )


def compiled_of(mailing: Mailing) -> CompiledMailing | None:
    """A mailing's compiled form, or None before its first message."""
    return CompiledMailing.from_bytes(bytes(mailing.compiled)) if mailing.compiled else None


def filled_link(message_id: int, number: int) -> str | None:
    """Where a link leads whose URL holds Liquid, filled in as it was for this message."""
    message = Message.objects.select_related("mailing").get(pk=message_id)
    compiled = compiled_of(message.mailing)
    if compiled is None or message.slots is None:
        return None
    return resolve_link(compiled, number, message.slots)


def as_document(html: str, *, remote_images: bool = True) -> HttpResponse:
    """HTML of a mail as a page in which nothing can run, whatever is in it."""
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = _POLICY.format(images=_REMOTE if remote_images else _OWN)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def masked(address: str) -> str:
    """An address as its owner knows it and a stranger does not learn it: a•••@example.com."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
