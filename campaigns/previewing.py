"""A campaign as one person would get it, before it is sent."""

from __future__ import annotations

from campaigns.models import Campaign
from contacts.models import Contact
from messaging.liquid import TemplateProblem
from messaging.previewing import preview, values_for
from messaging.showing import Shown


def preview_as(campaign: Campaign, contact: Contact | None) -> tuple[Shown | None, list[TemplateProblem]]:
    """The campaign filled for a contact (samples for nobody in particular), or what is wrong with it."""
    values = values_for(contact, campaign.lists.first()) if contact else {}
    return preview(campaign.mailing, values)
