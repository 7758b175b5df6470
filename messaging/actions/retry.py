"""Sending a failed message once more, by a person's decision."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from contacts.models import User
from messaging.models import Attempt, MailingStats, Message


@transaction.atomic
def retry_message(*, message: Message, by: User | None) -> Message:
    """Put a failed message back into the queue with a fresh count of tries. Any other is returned as it is."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state != Message.State.FAILED:
        return message
    message.state = Message.State.QUEUED
    message.claim = None
    message.not_before = Now()
    message.attempts = 0
    message.reason = message.error = ""
    message.save(update_fields=["state", "claim", "not_before", "attempts", "reason", "error"])
    Attempt.objects.create(
        message=message, outcome="resolved", text=f"to be tried again, by user {by.pk if by else '-'}"
    )
    MailingStats.objects.filter(mailing=message.mailing_id).update(failed=F("failed") - 1)
    message.refresh_from_db()
    return message
