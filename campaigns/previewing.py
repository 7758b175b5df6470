"""A campaign as one person would get it, before it is sent."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from contacts.models import Contact
from messaging.liquid import TemplateProblem
from messaging.previewing import preview, values_for
from messaging.showing import Shown


def preview_as(campaign: Campaign, contact: Contact | None) -> tuple[Shown | None, list[TemplateProblem]]:
    """The campaign filled for a contact (samples for nobody in particular), or what is wrong with it."""
    mailing = campaign.mailing
    # A draft is looked at long before it has a subject; this one is never saved.
    mailing.subject = mailing.subject.strip() or _("(no subject)")
    values = values_for(contact, campaign.lists.first()) if contact else {}
    return preview(mailing, values)
