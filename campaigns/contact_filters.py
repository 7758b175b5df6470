"""The contacts whom a campaign did not reach for one reason: `/contacts/?campaign_reason=12:failed:bounced`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters import OverviewFilter
from messaging.models import Mailing, Message

if TYPE_CHECKING:
    from contacts.models import User
    from contacts.querysets import ContactQuerySet

KEY = "campaign_reason"


def value_of(mailing_id: int, state: str, code: str) -> str:
    """The filter's value for a reason of the report."""
    return f"{mailing_id}:{state}:{code}"


def _apply(contacts: ContactQuerySet, value: str, user: User) -> ContactQuerySet:
    mailing, state, code = _parts(value)
    if not mailing or not user.can("messages.view"):
        return contacts.none()
    messages = Message.objects.filter(mailing_id=mailing, state=state, reason=code)
    return contacts.filter(pk__in=messages.values("contact_id"))


def _describe(value: str) -> str:
    mailing, _state, code = _parts(value)
    found = Mailing.objects.filter(pk=mailing).only("name", "subject").first()
    return _("Not reached by %(name)s: %(reason)s") % {"name": found or "?", "reason": code.replace("_", " ")}


def _parts(value: str) -> tuple[int, str, str]:
    mailing, _colon, rest = value.partition(":")
    state, _colon, code = rest.partition(":")
    return (int(mailing) if mailing.isascii() and mailing.isdigit() and len(mailing) < 10 else 0), state, code


REASON = OverviewFilter(KEY, gettext_lazy("Not reached by a campaign"), _apply, _describe)
