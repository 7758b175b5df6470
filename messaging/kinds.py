"""The kinds of activity that messaging writes. Each says what its `data` holds."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.activity import ActivityKind, Json


def _message_link(data: Json) -> str | None:
    """The message an entry speaks of."""
    return reverse("messaging:message", args=[data["message_id"]]) if data.get("message_id") else None


# Data of all of a message: `message_id`, `mailing_id`, `subject`, `purpose`, `origin`.
EMAIL_SENT = ActivityKind("email.sent", _("Email sent: {subject}"), "send", "blue", _message_link)
# The first open and the first click that a person made; all others stay in messaging's own table.
EMAIL_OPENED = ActivityKind("email.opened", _("Opened: {subject}"), "mail-opened", "green", _message_link)
# Also `url`, `link_number`.
EMAIL_CLICKED = ActivityKind("email.clicked", _("Clicked in: {subject}"), "click", "indigo", _message_link)
EMAIL_REPLIED = ActivityKind("email.replied", _("Replied to: {subject}"), "message-reply", "purple", _message_link)
# Also `bounce_kind` (hard, soft) and `reason`, the server's words.
EMAIL_BOUNCED = ActivityKind("email.bounced", _("Bounced: {subject}"), "mail-x", "red", _message_link)
EMAIL_COMPLAINED = ActivityKind(
    "email.complained", _("Marked as spam: {subject}"), "alert-triangle", "red", _message_link
)
# Also `scope`: the ids of the lists that were left, or "everything".
EMAIL_UNSUBSCRIBED = ActivityKind(
    "email.unsubscribed", _("Unsubscribed by: {subject}"), "user-minus", "orange", _message_link
)
# Data: `suppression_id`, `suppression` (a Suppression.Kind), `kind_name`, `reason`.
EMAIL_SUPPRESSED = ActivityKind("email.suppressed", _("No more mail: {kind_name}"), "mail-off", "red")
EMAIL_SUPPRESSION_LIFTED = ActivityKind(
    "email.suppression_lifted", _("Mail allowed again, was: {kind_name}"), "mail-check", "green"
)
# About no contact: the audit of what mail is sent by and as. Data: ids, `name`.
PROVIDER_ADDED = ActivityKind("provider.added", _("Provider {name} added"), "server", "grey")
PROVIDER_CHANGED = ActivityKind("provider.changed", _("Provider {name} changed"), "server", "grey")
PROVIDER_PAUSED = ActivityKind("provider.paused", _("Provider {name} paused"), "player-pause", "orange")
PROVIDER_RESUMED = ActivityKind("provider.resumed", _("Provider {name} resumed"), "player-play", "green")
PROVIDER_REMOVED = ActivityKind("provider.removed", _("Provider {name} removed"), "trash", "red")
SENDER_ADDED = ActivityKind("sender.added", _("Sender {name} added"), "at", "grey")
SENDER_VERIFIED = ActivityKind("sender.verified", _("Sender {name} verified"), "circle-check", "green")
SENDER_REMOVED = ActivityKind("sender.removed", _("Sender {name} removed"), "trash", "red")
# Also `key_id`, `domain_id`, `algorithm`; activated: `how` (dns, administrator). `name` is the record's.
DKIM_MADE = ActivityKind("dkim.made", _("DKIM key {name} made"), "key", "grey")
DKIM_ACTIVATED = ActivityKind("dkim.activated", _("DKIM key {name} activated"), "key", "green")
DKIM_STOPPED = ActivityKind("dkim.stopped", _("DKIM key {name} signs no more"), "key", "orange")
DKIM_RETIRED = ActivityKind("dkim.retired", _("DKIM key {name} retired"), "key", "grey")
TEMPLATE_CHANGED = ActivityKind("template.changed", _("Template {name} changed"), "template", "grey")

KINDS = (
    EMAIL_SENT,
    EMAIL_OPENED,
    EMAIL_CLICKED,
    EMAIL_REPLIED,
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    EMAIL_UNSUBSCRIBED,
    EMAIL_SUPPRESSED,
    EMAIL_SUPPRESSION_LIFTED,
    PROVIDER_ADDED,
    PROVIDER_CHANGED,
    PROVIDER_PAUSED,
    PROVIDER_RESUMED,
    PROVIDER_REMOVED,
    SENDER_ADDED,
    SENDER_VERIFIED,
    SENDER_REMOVED,
    DKIM_MADE,
    DKIM_ACTIVATED,
    DKIM_STOPPED,
    DKIM_RETIRED,
    TEMPLATE_CHANGED,
)
