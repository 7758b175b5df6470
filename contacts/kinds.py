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
# Data: `deleted_id`; the entry itself belongs to nobody any more.
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
# Data: `deleted_id`.
ACCOUNT_DELETED = ActivityKind("account.deleted", _("Account deleted"), "trash", "red")


def _list_link(data: Json) -> str | None:
    """The list an entry speaks of."""
    return reverse("contacts:list", args=[data["list_id"]]) if data.get("list_id") else None


def _job_link(data: Json) -> str | None:
    """The job that wrote an entry."""
    return reverse("contacts:job", args=[data["job_id"]]) if data.get("job_id") else None


# Data: `job_id` (0 from the command line), `file`.
CONTACT_IMPORTED = ActivityKind("contact.imported", _("Imported from {file}"), "file-import", "blue", _job_link)
# Data of all of a list: `list_id`, `list_name`.
# Also `source`: where from.
LIST_SUBSCRIBED = ActivityKind("list.subscribed", _("Joined the list {list_name}"), "list-check", "green", _list_link)
# Also `source`. Signed up, still to be confirmed by the person (double opt-in).
LIST_REQUESTED = ActivityKind("list.requested", _("Asked to join the list {list_name}"), "mail", "blue", _list_link)
# The person confirmed; a `list.subscribed` entry stands beside it.
LIST_CONFIRMED = ActivityKind("list.confirmed", _("Confirmed the list {list_name}"), "mail-check", "green", _list_link)
# Also `reason`.
LIST_LEFT = ActivityKind("list.unsubscribed", _("Left the list {list_name}"), "user-minus", "orange", _list_link)
# Also `reason`. Mail to the address came back for good.
LIST_BOUNCED = ActivityKind("list.bounced", _("Off the list {list_name}: mail bounced"), "mail-off", "red", _list_link)
# About no contact: the audit of the vocabulary itself.
LIST_CREATED = ActivityKind("list.created", _("List {list_name} created"), "list", "grey", _list_link)
LIST_CHANGED = ActivityKind("list.changed", _("List {list_name} changed"), "list", "grey", _list_link)
LIST_DELETED = ActivityKind("list.deleted", _("List {list_name} deleted"), "trash", "red")
# Data of all of a tag: `tag_id`, `tag`.
TAG_ADDED = ActivityKind("tag.added", _("Tagged {tag}"), "tag", "indigo")
TAG_REMOVED = ActivityKind("tag.removed", _("Tag {tag} removed"), "tag", "grey")
# About no contact. Also `old`: the former name.
TAG_RENAMED = ActivityKind("tag.renamed", _("Tag {old} renamed to {tag}"), "tag", "grey")
# About no contact. Also `old`: the tag that went; `contacts`: on how many it was.
TAG_MERGED = ActivityKind("tag.merged", _("Tag {old} merged into {tag}"), "tags", "grey")
# About no contact. Also `contacts`.
TAG_DELETED = ActivityKind("tag.deleted", _("Tag {tag} deleted"), "trash", "red")
# Data of all of a field: `field_id`, `label`. About no contact.
FIELD_CREATED = ActivityKind("field.created", _("Field {label} defined"), "forms", "grey")
FIELD_CHANGED = ActivityKind("field.changed", _("Field {label} changed"), "forms", "grey")
FIELD_DELETED = ActivityKind("field.deleted", _("Field {label} deleted"), "trash", "red")
# The audit of access: about no contact. Data of all of a user: `user_id`, `name`. Also `role`.
USER_ADDED = ActivityKind("user.added", _("{name} invited as {role}"), "user-plus", "indigo")
# Also `role`.
USER_ROLE_CHANGED = ActivityKind("user.role_changed", _("{name} is now {role}"), "user-check", "indigo")
USER_ACTIVATED = ActivityKind("user.activated", _("{name} may sign in again"), "user-check", "green")
USER_DEACTIVATED = ActivityKind("user.deactivated", _("{name} may no longer sign in"), "user-minus", "orange")
# Data: `name`.
ORGANIZATION_CHANGED = ActivityKind("organization.changed", _("Settings of {name} changed"), "settings", "grey")

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
    CONTACT_IMPORTED,
    LIST_SUBSCRIBED,
    LIST_REQUESTED,
    LIST_CONFIRMED,
    LIST_LEFT,
    LIST_BOUNCED,
    LIST_CREATED,
    LIST_CHANGED,
    LIST_DELETED,
    TAG_ADDED,
    TAG_REMOVED,
    TAG_RENAMED,
    TAG_MERGED,
    TAG_DELETED,
    FIELD_CREATED,
    FIELD_CHANGED,
    FIELD_DELETED,
    USER_ADDED,
    USER_ROLE_CHANGED,
    USER_ACTIVATED,
    USER_DEACTIVATED,
    ORGANIZATION_CHANGED,
)
