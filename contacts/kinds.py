"""The kinds of activity that the ground floor writes. Each says what its `data` holds."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.activity import ActivityKind, Json


def _account_link(data: Json) -> str | None:
    """The account an entry speaks of."""
    return reverse("contacts:account", args=[data["account_id"]]) if data.get("account_id") else None


# Data: `source`.
CONTACT_CREATED = ActivityKind("contact.created", _("Contact created"), "user-plus", "green")
# Data: `field` (a fact's name, or `fields.<key>`), `label`, `old`, `new`, all as people read them.
CONTACT_UPDATED = ActivityKind("contact.updated", _("{label} changed to {new}"), "pencil", "grey", note=_("was {old}"))
# Data: `contact_id`; the entry itself belongs to nobody any more.
CONTACT_DELETED = ActivityKind("contact.deleted", _("Contact deleted"), "trash", "red")
# Data: `owner_id`, `owner_name`.
OWNER_CHANGED = ActivityKind("contact.owner_changed", _("Owner is now {owner_name}"), "user-check", "indigo")
# Data: `account_id`, `account_name`.
ACCOUNT_ASSIGNED = ActivityKind(
    "contact.account_assigned", _("Works at {account_name}"), "building", "indigo", _account_link
)
# Data: `account_id`, `account_name`.
ACCOUNT_LEFT = ActivityKind("contact.account_left", _("No longer at {account_name}"), "building", "grey", _account_link)
ACCOUNT_CREATED = ActivityKind("account.created", _("Account created"), "building", "green")
# Data: `field`, `label`, `old`, `new`.
ACCOUNT_UPDATED = ActivityKind("account.updated", _("{label} changed to {new}"), "pencil", "grey", note=_("was {old}"))
# Data: `owner_id`, `owner_name`.
ACCOUNT_OWNER_CHANGED = ActivityKind("account.owner_changed", _("Owner is now {owner_name}"), "user-check", "indigo")
# Data: `account_id`.
ACCOUNT_DELETED = ActivityKind("account.deleted", _("Account deleted"), "trash", "red")

KINDS = (
    CONTACT_CREATED,
    CONTACT_UPDATED,
    CONTACT_DELETED,
    OWNER_CHANGED,
    ACCOUNT_ASSIGNED,
    ACCOUNT_LEFT,
    ACCOUNT_CREATED,
    ACCOUNT_UPDATED,
    ACCOUNT_OWNER_CHANGED,
    ACCOUNT_DELETED,
)
