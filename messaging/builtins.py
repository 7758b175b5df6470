"""The product's own mails: their words, and the names that each may use.

A row is made from these when one is first sent or edited (`messaging.actions.templates`). Upper apps
register theirs here too. Words in another language: an administrator edits the template.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class BuiltinTemplate:
    """A transactional mail of the product. `sample` says what `data.…` holds, by example."""

    key: str
    name: str | StrPromise
    description: str | StrPromise
    subject: str
    html: str
    sample: dict[str, str]

    @property
    def names(self) -> list[str]:
        """What the template may use beside the usual merge fields."""
        return [f"data.{name}" for name in self.sample]


_known: dict[str, BuiltinTemplate] = {}


def register(*templates: BuiltinTemplate) -> None:
    """Make mails known; called from an AppConfig's `ready`. Twice changes nothing."""
    for template in templates:
        _known.setdefault(template.key, template)


def builtin(key: str) -> BuiltinTemplate | None:
    """The product's own mail of this name, if there is one."""
    return _known.get(key)


def all_builtins() -> list[BuiltinTemplate]:
    """All of them, in the order of registration."""
    return list(_known.values())


def page(title: str, *paragraphs: str, button: tuple[str, str] | None = None) -> str:
    """A plain, responsive page for a short mail: a heading, paragraphs, and perhaps one button (words, address)."""
    words = "\n".join(f'<p style="margin:0 0 16px">{text}</p>' for text in paragraphs)
    action = ""
    if button:
        action = (
            f'\n<p style="margin:24px 0"><a href="{button[1]}" data-no-track style="display:inline-block;padding:12px '
            "20px;border-radius:8px;background:#4f46e5;color:#ffffff;font-weight:600;text-decoration:none"
            f'">{button[0]}</a></p>'
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head>\n"
        '<body style="margin:0;padding:24px 12px;background:#f4f4f6">\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">\n'
        '<tr><td style="padding:32px;border-radius:12px;background:#ffffff;color:#27272a;'
        'font-family:Inter,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">'
        f'<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3;color:#18181b">{title}</h1>\n'
        f"{words}{action}\n</td></tr></table></td></tr></table></body></html>"
    )


_IF_NOT_YOU = "If you did not ask for this, you can leave this email alone: nothing happens."

register(
    BuiltinTemplate(
        "invitation",
        _("Invitation of a user"),
        _("Sent to somebody whom an administrator invites to the team. The link lets them choose a password."),
        "{{ data.inviter | default: 'Your team' }} invites you to Relay",
        page(
            "Welcome to the team",
            "{{ data.inviter | default: 'An administrator' }} has made an account for you ({{ data.email }}).",
            "Choose a password to sign in. The link works for {{ data.days | default: '3' }} days.",
            button=("Choose a password", "{{ data.url }}"),
        ),
        {
            "inviter": "Alice Example",
            "email": "bob@example.com",
            "url": "https://crm.example.com/invitation",
            "days": "3",
        },
    ),
    BuiltinTemplate(
        "password-reset",
        _("Password reset"),
        _("Sent to a user who says that they have forgotten their password."),
        "Set a new password",
        page(
            "Set a new password",
            "Somebody, hopefully you, asked for a new password for {{ data.email }}.",
            _IF_NOT_YOU,
            button=("Set a new password", "{{ data.url }}"),
        ),
        {"email": "bob@example.com", "url": "https://crm.example.com/password-reset"},
    ),
    BuiltinTemplate(
        "notice",
        _("Account notice"),
        _("Sent to a user about their account: a changed password, a new second factor, a sign-in code."),
        "{{ data.subject }}",
        page("{{ data.subject }}", "{{ data.body | newline_to_br }}"),
        {"subject": "Your password was changed", "body": "Your password was changed a moment ago."},
    ),
    BuiltinTemplate(
        "confirm-subscription",
        _("Confirmation of a subscription"),
        _("Sent to somebody who asked to join a list with double opt-in. They are on it when they press the button."),
        "Please confirm: {{ data.list }}",
        page(
            "One more step",
            "Please confirm that you want to receive “{{ data.list }}” at {{ data.email }}.",
            _IF_NOT_YOU,
            button=("Yes, subscribe me", "{{ data.url }}"),
        ),
        {"list": "Newsletter", "email": "ada@example.com", "url": "https://crm.example.com/confirm"},
    ),
    BuiltinTemplate(
        "verify-sender",
        _("Verification of a sender address"),
        _("Sent to an address that somebody wants to send mail from."),
        "Is {{ data.address }} yours to send from?",
        page(
            "Verify this address",
            "{{ data.user | default: 'Somebody' }} wants to send email as {{ data.address }}.",
            "Press the button only if that is right. " + _IF_NOT_YOU,
            button=("Verify this address", "{{ data.url }}"),
        ),
        {
            "address": "news@example.com",
            "user": "Bob Example",
            "url": "https://crm.example.com/verify",
        },
    ),
)
