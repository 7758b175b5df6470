"""A test of a campaign, to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from messaging.actions.compose import queue_message
from messaging.models import Lane, Mailing, Message
from messaging.models.mailing import Origin, Purpose
from messaging.previewing import samples, values_for

if TYPE_CHECKING:
    from campaigns.models import Campaign
    from contacts.models import User

MARK = "[Test] "


@transaction.atomic
def send_test(*, campaign: Campaign, by: User) -> Message:
    """Queue the campaign, as it is written now, to the user who asked; nothing of it is counted.

    It goes as a mailing of its own, marked in the subject and without tracking. Raises MailingInvalid.
    """
    source = campaign.mailing
    copy = Mailing.objects.create(
        purpose=Purpose.MARKETING,
        origin=Origin.USER,
        name=(_("Test of %s") % campaign.name)[:200],
        subject=f"{MARK}{source.subject}"[:400],
        preheader=source.preheader,
        html=source.html,
        text=source.text,
        from_name=source.from_name,
        from_email=source.from_email,
        reply_to=source.reply_to,
        track_opens=False,
        track_clicks=False,
        created_by=by,
    )
    return queue_message(
        mailing=copy,
        lane=Lane.ONE_TO_ONE,
        address=by.email,
        to_name=by.name,
        mailing_list=campaign.lists.first(),
        context=_values(by),
        by=by,
    )


def _values(by: User) -> dict[str, Any]:
    """What a test is filled with: the author's own contact where there is one, else the samples."""
    own = Contact.objects.filter(email__iexact=by.email).first()
    values = values_for(own) if own else samples()
    return {group: values[group] for group in ("contact", "account") if group in values}
