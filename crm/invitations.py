"""Inviting somebody to the team: a mail with a link to choose a password."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from contacts.models import User
from messaging.actions.transactional import send_transactional
from messaging.models import Message


def password_link(user: User) -> str:
    """Where the user chooses a password. Works once and for PASSWORD_RESET_TIMEOUT seconds (allauth's own link)."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.BASE_URL}{path}"


def send_invitation(*, user: User, by: User) -> Message:
    """Queue the invitation. Raises Suppressed where the address has bounced or complained."""
    days = str(settings.PASSWORD_RESET_TIMEOUT // 86_400)
    context = {"inviter": by.name, "email": user.email, "url": password_link(user), "days": days}
    return send_transactional(template="invitation", to=user.email, context=context, by=by)
