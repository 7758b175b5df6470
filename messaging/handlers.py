"""What messaging does about entries of the activity log. Called once per entry, in a transaction of its own."""

from __future__ import annotations

import structlog

from contacts.models import Activity, Subscription
from messaging.actions.transactional import Suppressed, send_transactional
from messaging.subscribing import confirm_url
from messaging.tasks import nudge

log = structlog.get_logger(__name__)


def ask_to_confirm(entry: Activity) -> None:
    """Somebody asked to join a list with double opt-in: mail them the link by which they confirm."""
    found = Subscription.objects.select_related("contact", "list").filter(
        contact_id=entry.contact_id, list_id=entry.data.get("list_id"), status=Subscription.Status.UNCONFIRMED
    )
    subscription = found.first()
    if subscription is None:  # confirmed or gone since
        return
    contact = subscription.contact
    context = {"list": subscription.list.title, "email": contact.email, "url": confirm_url(subscription)}
    try:
        message = send_transactional(
            template="confirm-subscription",
            to=contact,
            context=context,
            by=None,
            idempotency_key=f"confirm-subscription:{entry.pk}",
        )
    except Suppressed as error:
        log.info("confirmation_suppressed", subscription_id=subscription.pk, kind=error.kind)
        return
    nudge(message.lane)
