"""The address a provider reports to: with a secret of its own in it, since not all of them sign what they send."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from messaging.models import Provider


def webhook_url(provider: Provider) -> str:
    """What the administrator enters at the provider."""
    return f"{settings.BASE_URL}{reverse('mail_public:webhook', args=[provider.pk, secret_of(provider.pk)])}"


def secret_of(provider_id: int) -> str:
    """The secret part of a provider's address; changes with SECRET_KEY."""
    return salted_hmac("messaging.webhook_addresses", str(provider_id), algorithm="sha256").hexdigest()[:40]


def is_secret_of(provider_id: int, secret: str) -> bool:
    """Whether a secret is this provider's, compared in constant time."""
    return constant_time_compare(secret, secret_of(provider_id))
