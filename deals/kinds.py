"""The kinds of activity that deals write.

An entry belongs to the deal's primary contact and its account. Its `data` always holds `deal_id` and `title`.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.activity import ActivityKind, Json


def deal_link(data: Json) -> str | None:
    """The deal an entry speaks of."""
    return reverse("deals:deal", args=[data["deal_id"]]) if data.get("deal_id") else None


# Also `stage_id`, `stage`, `pipeline_id`, `amount` (value and currency as people read them).
DEAL_CREATED = ActivityKind(
    "deal.created", _("Deal {title} started in {stage}"), "currency-dollar", "blue", deal_link, _("{amount}")
)
# Also `from_id`, `from_stage`, `stage_id`, `stage`, `pipeline_id`, `amount`.
STAGE_CHANGED = ActivityKind(
    "deal.stage_changed", _("Deal {title} moved to {stage}"), "arrow-right", "green", deal_link, _("{amount}")
)
# Also `amount`.
DEAL_WON = ActivityKind("deal.won", _("Deal {title} won"), "trophy", "green", deal_link, _("{amount}"))
# Also `amount`, `reason`.
DEAL_LOST = ActivityKind("deal.lost", _("Deal {title} lost"), "circle-x", "red", deal_link, _("{reason}"))
DEAL_REOPENED = ActivityKind("deal.reopened", _("Deal {title} opened again"), "arrow-back-up", "blue", deal_link)
# Also `old`, `amount`.
VALUE_CHANGED = ActivityKind(
    "deal.value_changed", _("Value of {title} is now {amount}"), "currency-dollar", "blue", deal_link, _("was {old}")
)
# Also `owner_id`, `owner_name`.
OWNER_CHANGED = ActivityKind(
    "deal.owner_changed", _("Owner of {title} is now {owner_name}"), "user-check", "indigo", deal_link
)
# Also `field`, `label`, `old`, `new`.
DEAL_UPDATED = ActivityKind(
    "deal.updated", _("{label} of {title} changed to {new}"), "pencil", "grey", deal_link, _("was {old}")
)
# Belongs to the contact it speaks of. Also `role`.
CONTACT_ADDED = ActivityKind(
    "deal.contact_added", _("Added to deal {title}"), "user-plus", "indigo", deal_link, "{role}"
)
CONTACT_REMOVED = ActivityKind("deal.contact_removed", _("Taken off deal {title}"), "user-minus", "grey", deal_link)
DEAL_DELETED = ActivityKind("deal.deleted", _("Deal {title} deleted"), "trash", "red")
# About no contact. Data: `pipeline_id`, `name`.
PIPELINE_CHANGED = ActivityKind("pipeline.changed", _("Pipeline {name} changed"), "settings", "grey")

KINDS = (
    DEAL_CREATED,
    STAGE_CHANGED,
    DEAL_WON,
    DEAL_LOST,
    DEAL_REOPENED,
    VALUE_CHANGED,
    OWNER_CHANGED,
    DEAL_UPDATED,
    CONTACT_ADDED,
    CONTACT_REMOVED,
    DEAL_DELETED,
    PIPELINE_CHANGED,
)
