"""The kinds of activity that campaigns write: an audit of what the team did, about no contact."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.activity import ActivityKind, Json


def _campaign_link(data: Json) -> str | None:
    """The campaign an entry speaks of."""
    return reverse("campaigns:campaign", args=[data["campaign_id"]]) if data.get("campaign_id") else None


# Data of all: `campaign_id`, `name`.
CREATED = ActivityKind("campaign.created", _("Campaign {name} created"), "send", "grey", _campaign_link)
DELETED = ActivityKind("campaign.deleted", _("Draft {name} deleted"), "trash", "red")
# Also `at`: the time in ISO 8601.
SCHEDULED = ActivityKind("campaign.scheduled", _("Campaign {name} scheduled"), "clock", "blue", _campaign_link)
UNSCHEDULED = ActivityKind(
    "campaign.unscheduled", _("Campaign {name} is a draft again"), "clock", "grey", _campaign_link
)
STARTED = ActivityKind("campaign.started", _("Campaign {name} started"), "send", "indigo", _campaign_link)
# Also `recipients`.
FROZEN = ActivityKind("campaign.queued", _("Campaign {name} queued"), "users", "indigo", _campaign_link)
# Also `reason`; by nobody when it paused by itself.
PAUSED = ActivityKind("campaign.paused", _("Campaign {name} paused"), "player-pause", "orange", _campaign_link)
RESUMED = ActivityKind("campaign.resumed", _("Campaign {name} resumed"), "player-play", "indigo", _campaign_link)
# Also `cancelled`: how many messages were not sent.
CANCELLED = ActivityKind("campaign.cancelled", _("Campaign {name} cancelled"), "ban", "red", _campaign_link)
FINISHED = ActivityKind("campaign.finished", _("Campaign {name} sent"), "checks", "green", _campaign_link)

KINDS = (CREATED, DELETED, SCHEDULED, UNSCHEDULED, STARTED, FROZEN, PAUSED, RESUMED, CANCELLED, FINISHED)
