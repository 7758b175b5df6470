"""How people sign in: allauth with its doors for strangers closed, and its mail through the outbox."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from messaging.actions.transactional import Suppressed, send_transactional
from messaging.models import Lane
from messaging.tasks import nudge

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: administrators invite."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a password reset, on our own address: what the request called us is not to be trusted."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail of allauth's as a transactional template of ours, which administrators may edit."""
        if template_prefix == "account/email/password_reset_key":
            template, data = "password-reset", {"email": email, "url": context["password_reset_url"]}
        else:
            written = self.render_mail(template_prefix, email, {"email": email, **context})
            template, data = "notice", {"subject": written.subject, "body": written.body.strip()}
        try:
            send_transactional(template=template, to=email, context=data, by=None)
        except Suppressed as error:
            log.warning("account_mail_suppressed", template=template, kind=error.kind)
        else:
            nudge(Lane.TRANSACTIONAL)


class MfaAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps encrypted at rest (ENCRYPTION_KEYS)."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
