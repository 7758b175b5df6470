"""Providers with an HTTP API, by anymail: one class, and one table of what differs between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from anymail.exceptions import AnymailError
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise
from pydantic import BaseModel
from requests import RequestException

from messaging.hosts import HostRefusedError, check_url
from messaging.providers import verifying
from messaging.providers.kind import Field, ProviderKind, ProviderMisconfiguredError, Secrets, TestMessage, TestResult

API_URL = Field(
    "api_url", _("API address"), _("Only for another region than the usual one, or a test server."), required=False
)
API_KEY = _("API key")
SIGNING_KEY = _("Webhook signing key")
# Longer than any of their own time-outs that we know of; a shorter one makes duplicates.
REQUEST_SECONDS = 60


class EspConfig(BaseModel, extra="allow"):
    """Non-secret settings by anymail's own names."""

    api_url: str = ""


class Esp(ProviderKind):
    """A provider that anymail speaks to.

    `fields` carry anymail's setting names; secrets that only the webhook needs stand in `webhook_only`.
    `takes_metadata`: it keeps facts of ours with a message and reports them back.
    """

    Config = EspConfig
    has_webhook = True

    def __init__(
        self,
        key: str,
        label: str | StrPromise,
        module: str,
        webhook: str,
        fields: tuple[Field, ...],
        webhook_settings: tuple[str, ...] = (),
        *,
        takes_metadata: bool = True,
    ) -> None:
        self.key = key
        self.label = label
        self.backend_path = f"anymail.backends.{module}.EmailBackend"
        self.webhook_path = f"anymail.webhooks.{module}.{webhook}"
        self.fields = (*fields, API_URL)
        self.webhook_settings = webhook_settings
        self.takes_metadata = takes_metadata

    def backend(self, stored: Mapping[str, Any], secrets: Secrets, **extra: Any) -> BaseEmailBackend:
        """A Django mail backend for these settings. Raises ProviderMisconfiguredError.

        `ignore_unsupported_features` is left off: a header that a provider drops must be seen, not lost.
        """
        given = self._settings(stored, secrets, without=self._webhook_only)
        try:
            if "api_url" in given:
                check_url(given["api_url"])
            backend: BaseEmailBackend = import_string(self.backend_path)(timeout=REQUEST_SECONDS, **given, **extra)
        except (AnymailError, ImproperlyConfigured, HostRefusedError, ImportError, ValueError) as error:
            raise ProviderMisconfiguredError(str(error)) from error
        return backend

    def esp_extra(self, stored: Mapping[str, Any], *, broadcast: bool) -> dict[str, Any]:
        """What goes into a message's `esp_extra` for this stream."""
        return {}

    def webhook_view(self, stored: Mapping[str, Any], secrets: Secrets, *, url: str = "") -> Any:
        """Anymail's view for this provider's events, for its `run_validators` and `parse_events`.

        `url` is the address as the provider knows it, which some sign too.
        """
        given = {**self._settings(stored, secrets, without=frozenset()), "webhook_url": url or None}
        if self.key == "postal" and "webhook_key" in given:
            # Anymail wants what stands between the lines of dashes; people paste all of it.
            given["webhook_key"] = re.sub(r"-----[^-]*-----", "", given["webhook_key"]).strip()
        wanted = {name: value for name, value in given.items() if name in self.webhook_settings}
        view = self.webhook_class()(**wanted)
        view.validators = [*view.validators, *self.checks(secrets)]
        return view

    def webhook_class(self) -> Any:
        """Anymail's class of view. The secret in our address is the password that it would warn of missing."""
        view = import_string(self.webhook_path)
        return type(view.__name__, (view,), {"warn_if_no_basic_auth": False})

    def checks(self, secrets: Secrets) -> list[verifying.Check]:
        """What is verified after anymail's own checks: the age of what is signed with a time."""
        is_signed = self.key in verifying.LATER_ATTEMPTS and (
            self.key != "sendgrid" or bool(secrets.get("webhook_verification_key"))
        )
        return [verifying.age(self.key)] if is_signed else []

    def check(self, stored: Mapping[str, Any], secrets: Secrets) -> None:
        """All that anymail asks for is there, and the API address is one we may speak to."""
        for field in self.fields:
            if field.required and not (secrets if field.secret else stored).get(field.name):
                raise ProviderMisconfiguredError(str(_("%(label)s is missing.") % {"label": field.label}))
        self.backend(stored, secrets)

    def test(self, stored: Mapping[str, Any], secrets: Secrets, message: TestMessage | None) -> TestResult:
        """Send the test message: an API has no other honest way to be tried out."""
        if message is None:
            return TestResult(False, str(_("Give an address to send the test message to.")))
        try:
            backend = self.backend(stored, secrets)
            mail = EmailMessage(
                message.subject, message.text, message.from_email, [message.to_email], connection=backend
            )
            mail.esp_extra = self.esp_extra(stored, broadcast=False)  # type: ignore[attr-defined]  # anymail's
            mail.send()
        except (ProviderMisconfiguredError, AnymailError, RequestException) as error:
            return TestResult(False, str(error))
        status: Any = mail.anymail_status  # type: ignore[attr-defined]
        words = f"{', '.join(sorted(status.status or ()))} {status.message_id or ''}".strip()
        return TestResult(bool(status.status) and not status.status & {"invalid", "rejected", "failed"}, words)

    @property
    def _webhook_only(self) -> frozenset[str]:
        return frozenset(self.webhook_settings) - {"api_key"}

    def _settings(self, stored: Mapping[str, Any], secrets: Secrets, without: frozenset[str]) -> dict[str, Any]:
        known = {field.name for field in self.fields}
        everything = {**dict(stored), **dict(secrets)}
        return {k: v for k, v in everything.items() if k in known and k not in without and v not in ("", None)}


def _key(name: str = "api_key", label: str | StrPromise = API_KEY) -> Field:
    return Field(name, label, secret=True)


def _webhook_key(name: str, label: str | StrPromise = SIGNING_KEY) -> Field:
    return Field(name, label, _("From the provider's webhook page."), required=False, secret=True)


# What each asks for, by anymail's names: its docs/esps pages, 15.2.
KINDS = (
    Esp(
        "mailgun",
        "Mailgun",
        "mailgun",
        "MailgunTrackingWebhookView",
        (
            _key(),
            Field("sender_domain", _("Sending domain"), _("As it is called at Mailgun."), required=False),
            _webhook_key("webhook_signing_key"),
        ),
        ("api_key", "webhook_signing_key"),
    ),
    Esp(
        "sendgrid",
        "SendGrid",
        "sendgrid",
        "SendGridTrackingWebhookView",
        (_key(), _webhook_key("webhook_verification_key", _("Webhook verification key"))),
        ("webhook_verification_key",),
    ),
    Esp("brevo", "Brevo", "brevo", "BrevoTrackingWebhookView", (_key(),)),
    Esp("mailjet", "Mailjet", "mailjet", "MailjetTrackingWebhookView", (_key(), _key("secret_key", _("Secret key")))),
    Esp("sparkpost", "SparkPost", "sparkpost", "SparkPostTrackingWebhookView", (_key(),)),
    Esp(
        "mailersend",
        "MailerSend",
        "mailersend",
        "MailerSendTrackingWebhookView",
        (_key("api_token", _("API token")), _webhook_key("signing_secret")),
        ("signing_secret",),
        takes_metadata=False,
    ),
    Esp("mailtrap", "Mailtrap", "mailtrap", "MailtrapTrackingWebhookView", (_key("api_token", _("API token")),)),
    Esp(
        "mandrill",
        "Mandrill",
        "mandrill",
        "MandrillCombinedWebhookView",
        (_key(), _webhook_key("webhook_key")),
        ("webhook_key", "webhook_url"),
    ),
    Esp(
        "postal",
        "Postal",
        "postal",
        "PostalTrackingWebhookView",
        (_key(), _webhook_key("webhook_key", _("Public key of its webhooks"))),
        ("webhook_key",),
        takes_metadata=False,
    ),
    # Has no usual address: it depends on the account's data centre. Signs its reports with the API key.
    Esp("unisender_go", "Unisender Go", "unisender_go", "UnisenderGoTrackingWebhookView", (_key(),), ("api_key",)),
)
