"""How providers' reports are verified beyond what anymail does: Standard Webhooks, and the age of what is signed.

A check is called with anymail's view and the request, as anymail's own are, and raises
AnymailWebhookValidationFailure. Everything is compared in constant time over the raw bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest

Check = Callable[[object, HttpRequest], None]

# Standard Webhooks signs each attempt anew; its libraries allow five minutes.
ATTEMPT = timedelta(minutes=5)
# Where it is not said whether a later attempt is signed anew: longer than they go on trying (Mailgun 8 hours,
# SendGrid 24). What is younger and comes twice is known by its id.
LATER_ATTEMPTS = {"mailgun": timedelta(hours=12), "sendgrid": timedelta(hours=26)}


def standard_webhook(secret: str) -> Check:
    """A check of signatures by Standard Webhooks (Svix), with its age. Raises ValueError for a secret that is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("The signing secret is not one: it begins with whsec_ and is base64.") from error

    def check(view: object, request: HttpRequest) -> None:
        message_id, sent_at, signatures = (
            request.headers.get(f"svix-{name}") or request.headers.get(f"webhook-{name}") or ""
            for name in ("id", "timestamp", "signature")
        )
        signed = f"{message_id}.{sent_at}.".encode() + request.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if not _any_equal(expected, signatures):
            raise AnymailWebhookValidationFailure("The signature is not the one of this report.")
        _check_age(sent_at, ATTEMPT)

    return check


def age(kind: str) -> Check:
    """A check of the time that a provider of this kind has signed, to come after that of its signature."""

    def check(view: object, request: HttpRequest) -> None:
        _check_age(_TIMES[kind](request), LATER_ATTEMPTS[kind])

    return check


def _mailgun_time(request: HttpRequest) -> str:
    if request.content_type == "application/json":
        return str(json.loads(request.body)["signature"]["timestamp"])
    return str(request.POST["timestamp"])


def _sendgrid_time(request: HttpRequest) -> str:
    return request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", "")


_TIMES: dict[str, Callable[[HttpRequest], str]] = {"mailgun": _mailgun_time, "sendgrid": _sendgrid_time}


def _check_age(sent_at: str, limit: timedelta) -> None:
    try:
        seconds = abs(time.time() - float(sent_at))
    except ValueError as error:
        raise AnymailWebhookValidationFailure("The report does not say when it was signed.") from error
    if not seconds <= limit.total_seconds():  # not a number is not within it either
        raise AnymailWebhookValidationFailure("The report was signed too long ago.")


def _any_equal(expected: str, signatures: str) -> bool:
    """Whether one of the signatures (there are several while a key is changed) is the expected one."""
    found: Iterable[str] = (one.partition(",")[2] for one in signatures.split() if one.startswith("v1,"))
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in found)
