"""Amazon SES by its API. Needs boto3, which is not installed by default; SES also has an SMTP address."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext_lazy as _

from messaging.providers.esp import Esp
from messaging.providers.kind import Field, ProviderMisconfiguredError


class AmazonSes(Esp):
    """As any ESP, with its credentials in boto3's own shape."""

    def __init__(self) -> None:
        super().__init__(
            "amazon_ses",
            "Amazon SES",
            "amazon_ses",
            "AmazonSESTrackingWebhookView",
            (
                Field("access_key_id", _("Access key ID")),
                Field("secret_access_key", _("Secret access key"), secret=True),
                Field("region_name", _("Region"), initial="eu-central-1"),
                Field("configuration_set_name", _("Configuration set"), required=False),
            ),
        )
        self.fields = self.fields[:-1]  # its address follows from the region
        if find_spec("boto3") is None:
            self.missing = _("Needs boto3 in the environment (pip install boto3), or use SES's SMTP address.")

    def backend(self, stored: Mapping[str, Any], secrets: Mapping[str, str], **extra: Any) -> BaseEmailBackend:
        """With boto3's client parameters in place of API keys."""
        if self.missing:
            raise ProviderMisconfiguredError(str(self.missing))
        client = _client(stored, secrets)
        name = {"configuration_set_name": stored.get("configuration_set_name")}
        return super().backend(name, {}, client_params=client, **extra)

    def webhook_view(self, stored: Mapping[str, Any], secrets: Mapping[str, str], *, url: str = "") -> Any:
        """With the account's own keys, by which a subscription is confirmed."""
        view = super().webhook_view(stored, secrets, url=url)
        view.client_params = _client(stored, secrets)
        return view

    def webhook_class(self) -> Any:
        """Without boto3, which anymail's class asks for at once, and which is needed to confirm a subscription only."""
        return type("SesReports", (super().webhook_class(),), {"__init__": _without_boto3})


def _client(stored: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "aws_access_key_id": stored.get("access_key_id", ""),
        "aws_secret_access_key": secrets.get("secret_access_key", ""),
        "region_name": stored.get("region_name", ""),
    }


def _without_boto3(view: Any, **settings: Any) -> None:
    from anymail.webhooks.base import AnymailBaseWebhookView

    view.auto_confirm_enabled = True
    view.session_params, view.client_params = {}, {}
    AnymailBaseWebhookView.__init__(view, **settings)


KIND = AmazonSes()
