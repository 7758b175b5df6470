"""The entry for transactional mail: a named template, a recipient, and what it is to say."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from contacts.models import Contact, User
from messaging.actions.compose import queue_message
from messaging.actions.templates import template_ready
from messaging.models import Lane, Message, Suppression
from messaging.routing import WORDS, blocked_by


class Suppressed(Exception):
    """The address takes no mail of this purpose; `kind` is a Suppression.Kind, the text says why."""

    permanent = True

    def __init__(self, kind: str) -> None:
        super().__init__(WORDS[kind])
        self.kind = kind


@transaction.atomic
def send_transactional(
    *, template: str, to: str | Contact, context: dict[str, Any], by: User | None, idempotency_key: str | None = None
) -> Message:
    """Queue a transactional mail to an address or a contact. The same `idempotency_key` twice is one message.

    `context` is what the template says as `{{ data.… }}`: scalars, lists and dictionaries that JSON can hold.
    Raises Suppressed, TemplateUnknownError, and MailingInvalid for a template that cannot be sent.
    """
    contact = to if isinstance(to, Contact) else None
    address = to.email if isinstance(to, Contact) else to
    refuse_suppressed(address, purpose="transactional")
    return queue_message(
        mailing=template_ready(key=template).mailing,
        contact=contact,
        address=address,
        lane=Lane.TRANSACTIONAL,
        context={"data": context},
        idempotency_key=idempotency_key,
        by=by,
    )


def refuse_suppressed(address: str, *, purpose: str) -> None:
    """Raise Suppressed where an address is listed for something that blocks this purpose."""
    listed = Suppression.objects.of_address(address).values_list("kind", flat=True)
    if kind := blocked_by(purpose, listed):
        raise Suppressed(kind)
