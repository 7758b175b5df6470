"""Who gets no mail: an address is put on the suppression list, and taken off it."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from contacts import activity
from contacts.models import Contact, User
from messaging.models import Message, Suppression


@transaction.atomic
def suppress(*, address: str, kind: str, reason: str, by: User | None, message: Message | None = None) -> Suppression:
    """Put an address on the suppression list; one that is there for this kind already stays as it is.

    `kind` is a value of Suppression.Kind. `message` is the one that led here, where one did.
    """
    held: Suppression | None = Suppression.objects.of_address(address).filter(kind=kind).first()
    if held is not None:
        return held
    try:
        with transaction.atomic():
            made = Suppression.objects.create(
                address=address.strip(),
                kind=Suppression.Kind(kind),
                reason=reason[:2000],
                message_id=message.pk if message else None,
                created_by=by,
            )
    except IntegrityError:  # somebody else put it there just now
        other: Suppression = Suppression.objects.of_address(address).get(kind=kind)
        return other
    _tell("email.suppressed", made, by=by)
    return made


@transaction.atomic
def lift_suppression(*, suppression: Suppression, reason: str, by: User | None) -> None:
    """Take an entry off the list again; twice changes nothing. `reason` goes to the contact's log."""
    gone, _ = Suppression.objects.filter(pk=suppression.pk).delete()
    if gone:
        suppression.reason = reason
        _tell("email.suppression_lifted", suppression, by=by)


def _tell(kind: str, suppression: Suppression, *, by: User | None) -> None:
    contact_id = Contact.objects.with_email(suppression.address).values_list("pk", flat=True).first()
    activity.record(
        kind,
        by=by,
        contact_id=contact_id,
        suppression_id=suppression.pk,
        kind_name=str(Suppression.Kind(suppression.kind).label),
        suppression=str(suppression.kind),
        reason=suppression.reason,
    )
