"""Any SMTP server: our own relay, a submission server, or an ESP's SMTP door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel
from pydantic import Field as Limit

from messaging.hosts import HostRefusedError, check_host
from messaging.providers.kind import Field, ProviderKind, ProviderMisconfiguredError, Secrets, TestMessage, TestResult
from messaging.smtp import Envelope, HandOver, SmtpClient, SmtpSettings, test_connection


class SmtpConfig(BaseModel):
    """Where the server is and how it is spoken to."""

    host: str = Limit(min_length=1, max_length=253)
    port: int = Limit(default=587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    verify: bool = True
    messages_per_connection: int = Limit(default=1000, ge=1, le=65535)
    local_hostname: str = ""
    sign_dkim: bool = False


class Smtp(ProviderKind):
    """Speaks SMTP over connections that we keep."""

    key = "smtp"
    label = _("SMTP server")
    summary = _("Your own mail server, or any provider's SMTP address.")
    Config = SmtpConfig
    has_connections = True
    fields = (
        Field("host", _("Host"), _("For example smtp.example.com")),
        Field(
            "port",
            _("Port"),
            _("587 with STARTTLS, 465 with TLS, 25 to a relay of your own"),
            initial=587,
            input="number",
        ),
        Field(
            "security",
            _("Encryption"),
            choices=(
                ("starttls", _("STARTTLS, required")),
                ("tls", _("TLS from the start")),
                ("none", _("None (only to a server on your own network)")),
            ),
            initial="starttls",
        ),
        Field("verify", _("Check the server's certificate"), initial=True, required=False, input="checkbox"),
        Field("username", _("Login"), required=False),
        Field("password", _("Password"), required=False, secret=True),
        Field(
            "messages_per_connection",
            _("Messages per connection"),
            _("After so many a connection is closed and another opened, as some servers want it."),
            required=False,
            initial=1000,
            input="number",
        ),
        Field(
            "sign_dkim",
            _("Sign with DKIM"),
            _(
                "With the keys under Settings → Sending addresses. Leave it off where the server signs by itself, as "
                "most providers do, or where it changes what passes through it."
            ),
            required=False,
            initial=False,
            input="checkbox",
        ),
        Field(
            "local_hostname",
            _("Our name in EHLO"),
            _("Empty: this machine's own. Should match its reverse DNS (PTR)."),
            required=False,
        ),
    )

    def settings(self, stored: Mapping[str, Any], secrets: Secrets) -> SmtpSettings:
        """What the client needs to connect. Raises ProviderMisconfiguredError."""
        config: SmtpConfig = self.config(stored)
        return SmtpSettings(
            host=config.host,
            port=config.port,
            security=config.security,
            username=config.username,
            password=secrets.get("password", ""),
            verify=config.verify,
            messages_per_connection=config.messages_per_connection,
            local_hostname=config.local_hostname,
        )

    def signs(self, stored: Mapping[str, Any]) -> bool:
        return bool(stored.get("sign_dkim"))

    def check(self, stored: Mapping[str, Any], secrets: Secrets) -> None:
        """A host we may speak to, and no password over an open line to a stranger."""
        config: SmtpConfig = self.config(stored)
        try:
            check_host(config.host)
        except HostRefusedError as error:
            raise ProviderMisconfiguredError(str(error)) from error

    def test(self, stored: Mapping[str, Any], secrets: Secrets, message: TestMessage | None) -> TestResult:
        """Connect, TLS, sign in; with a message also hand it over."""
        try:
            self.check(stored, secrets)
            settings = self.settings(stored, secrets)
        except ProviderMisconfiguredError as error:
            return TestResult(False, str(error))
        if message is None:
            return _result(test_connection(settings))
        with SmtpClient(settings) as client:
            return _result(client.send(self._envelope(stored, message)))

    def _envelope(self, stored: Mapping[str, Any], message: TestMessage) -> Envelope:
        data = _test_mail(message)
        if self.signs(stored):
            # Here, since models must be ready before the keys can be read.
            from messaging.dkim import keyring

            keyring.refresh()
            data = keyring.current().sign(data)
        return Envelope(mail_from=message.from_email, rcpt_to=(message.to_email,), data=data)


def _test_mail(message: TestMessage) -> bytes:
    # The stdlib's EmailMessage is safe here: all values are ours, or addresses that a form has checked.
    mail = EmailMessage()
    mail["From"] = message.from_email
    mail["To"] = message.to_email
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=message.from_email.rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _result(outcome: HandOver) -> TestResult:
    code = f"{outcome.code} " if outcome.code else ""
    where = "" if outcome.outcome == "accepted" else f" ({outcome.stage})"
    return TestResult(outcome.outcome == "accepted", f"{code}{outcome.text}{where}".strip() or outcome.outcome)


KIND = Smtp()
