"""One user writes to one contact: a mailing and a message of its own, in the lane that goes before campaigns."""

from __future__ import annotations

from django.db import transaction

from contacts.models import Account, Contact, User
from deals.models import Deal
from messaging.actions.compose import queue_message
from messaging.actions.transactional import refuse_suppressed
from messaging.models import Lane, Mailing, Message, Origin, Purpose
from messaging.personal import as_page, cleaned, empty_tags, linked, translated, values_for


class ValuesMissingError(Exception):
    """Tags of the text that say nothing for this contact; `names` says which (`contact.first_name`)."""

    permanent = True

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@transaction.atomic
def send_one_to_one(  # an email has these parts
    *,
    user: User,
    contact: Contact,
    subject: str,
    html: str,
    by: User | None,
    deal: Deal | None = None,
    account: Account | None = None,
    track: bool = True,
) -> Message:
    """Queue an email from a user, in their own name and address, to a contact.

    It never carries an unsubscribe link. The HTML is cleaned here, whoever calls. Raises Suppressed (hard
    bounce or complaint), ValuesMissingError and MailingInvalid; nothing is queued then.
    """
    refuse_suppressed(contact.email, purpose="one_to_one")
    subject, html = translated(subject), translated(linked(cleaned(html)))
    if missing := empty_tags(f"{subject}\n{html}", values_for(contact, user)):
        raise ValuesMissingError(missing)
    mailing = Mailing.objects.create(
        purpose=Purpose.ONE_TO_ONE,
        origin=Origin.USER,
        subject=subject,
        html=as_page(html),
        from_name=user.name,
        from_email=user.email,
        track_opens=track,
        track_clicks=track,
        created_by=by,
    )
    return queue_message(
        mailing=mailing,
        contact=contact,
        lane=Lane.ONE_TO_ONE,
        user=user,
        account=account,
        deal=deal,
        by=by,
    )
