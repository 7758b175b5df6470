"""Resend: its reports are signed by Standard Webhooks, which we check ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.providers import verifying
from messaging.providers.esp import API_KEY, SIGNING_KEY, Esp
from messaging.providers.kind import Field, ProviderMisconfiguredError


class Resend(Esp):
    """As any ESP; anymail would need the svix library for what is a few lines."""

    def __init__(self) -> None:
        super().__init__(
            "resend",
            "Resend",
            "resend",
            "ResendTrackingWebhookView",
            (
                Field("api_key", API_KEY, secret=True),
                Field(
                    "signing_secret",
                    SIGNING_KEY,
                    _("From the provider's webhook page."),
                    required=False,
                    secret=True,
                ),
            ),
        )

    @property
    def _webhook_only(self) -> frozenset[str]:
        return frozenset({"signing_secret"})

    def checks(self, secrets: Mapping[str, str]) -> list[verifying.Check]:
        """Its signature, where the key was entered."""
        secret = secrets.get("signing_secret")
        return [verifying.standard_webhook(secret)] if secret else []

    def check(self, stored: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """A signing secret that is none would refuse every report."""
        super().check(stored, secrets)
        try:
            self.checks(secrets)
        except ValueError as error:
            raise ProviderMisconfiguredError(str(error)) from error


KIND = Resend()
