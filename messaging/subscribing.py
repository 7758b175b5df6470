"""The token behind "please confirm your subscription" (double opt-in)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from contacts.models import Subscription

# Long enough for a holiday; asking again makes a new one.
VALID_FOR = timedelta(days=30)
_SALT = "messaging.subscribing"


def confirm_url(subscription: Subscription) -> str:
    """The link that is mailed to somebody who asked to join a list."""
    token = signing.dumps([subscription.pk, subscription.contact_id], salt=_SALT)
    return f"{settings.BASE_URL}{reverse('mail_public:confirm', args=[token])}"


def read_subscription_token(token: str) -> Subscription | None:
    """The subscription a link is about, or None for a link that is old, or none of ours."""
    try:
        pk, contact_id = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Subscription.objects.select_related("contact", "list").filter(pk=pk, contact_id=contact_id)
    return found.first()
