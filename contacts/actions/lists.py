"""Lists, and who is on them. An unsubscribed or bounced contact never comes back by itself.

The single and the bulk verbs share one statement each, so that there is one rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError, Q, RestrictedError
from django.db.models.functions import Now

from contacts import activity
from contacts.models import Contact, MailingList, Subscription, User

Status = Subscription.Status

_SUBSCRIBE = """
INSERT INTO contacts_subscription AS held (contact_id, list_id, status, source, created_at, subscribed_at, reason)
SELECT id, %(list)s, %(status)s, %(source)s, now(), CASE WHEN %(status)s = 'active' THEN now() END, ''
FROM contacts_contact WHERE id = ANY(%(ids)s) ORDER BY id
ON CONFLICT (contact_id, list_id) DO UPDATE
SET status = excluded.status, source = excluded.source, subscribed_at = excluded.subscribed_at, reason = ''
WHERE held.status = ANY(%(replaced)s)
RETURNING contact_id
"""


@transaction.atomic
def create_list(*, name: str, by: User | None, **facts: Any) -> MailingList:
    """Make a list; `facts` are further fields of MailingList. One that has this name is returned as it is."""
    mailing_list, created = MailingList.objects.get_or_create(name=name, defaults=facts)
    if created:
        activity.record("list.created", by=by, list_id=mailing_list.pk, list_name=mailing_list.name)
    return mailing_list


@transaction.atomic
def change_list(*, mailing_list: MailingList, by: User | None, **facts: Any) -> MailingList:
    """Set fields of a list; those that already hold their value are left alone."""
    changed = [name for name, value in facts.items() if getattr(mailing_list, name) != value]
    if changed:
        for name in changed:
            setattr(mailing_list, name, facts[name])
        mailing_list.save(update_fields=changed)
        activity.record("list.changed", by=by, list_id=mailing_list.pk, list_name=mailing_list.name)
    return mailing_list


@transaction.atomic
def subscribe(
    *,
    contact: Contact,
    mailing_list: MailingList,
    by: User | None,
    source: str,
    confirmed: bool = True,
    force: bool = False,
    hops: int = 0,
) -> Subscription:
    """Put a contact on a list and return their standing there afterwards.

    `confirmed=False` asks for the person's confirmation first. Only the person's own act or an
    explicit one of staff sets `force`; without it, an unsubscribed or bounced contact stays so.
    """
    subscribe_many(
        contact_ids=[contact.pk],
        mailing_list=mailing_list,
        by=by,
        source=source,
        confirmed=confirmed,
        force=force,
        hops=hops,
    )
    return Subscription.objects.get(contact=contact, list=mailing_list)


@transaction.atomic
def subscribe_many(
    *,
    contact_ids: Sequence[int],
    mailing_list: MailingList,
    by: User | None,
    source: str,
    confirmed: bool = True,
    force: bool = False,
    hops: int = 0,
) -> int:
    """Put contacts on a list as `subscribe` does; returns how many standings changed."""
    replaced = [Status.UNCONFIRMED] if confirmed else []
    if force:
        replaced += [Status.UNSUBSCRIBED, Status.BOUNCED]
    values = {
        "list": mailing_list.pk,
        "status": Status.ACTIVE if confirmed else Status.UNCONFIRMED,
        "source": source[:60],
        "ids": list(contact_ids),
        "replaced": replaced,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBE, values)
        touched = [row[0] for row in cursor.fetchall()]
    data = {"list_id": mailing_list.pk, "list_name": mailing_list.name, "source": source}
    kind = "list.subscribed" if confirmed else "list.requested"
    activity.record_same(kind, touched, by=by, data=data, hops=hops)
    return len(touched)


@transaction.atomic
def confirm(*, subscription: Subscription, by: User | None = None) -> Subscription:
    """The person confirms (double opt-in): unconfirmed becomes active; any other standing stays."""
    held: Subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    if held.status != Status.UNCONFIRMED:
        return held
    activity.record("list.confirmed", by=by, contact_id=held.contact_id, list_id=held.list_id, list_name=held.list.name)
    return subscribe(contact=held.contact, mailing_list=held.list, by=by, source=held.source)


def unsubscribe(
    *, contact: Contact, mailing_list: MailingList, by: User | None, reason: str, hops: int = 0
) -> Subscription | None:
    """Take a contact off a list; returns their standing, None when they were never on it."""
    unsubscribe_many(contact_ids=[contact.pk], mailing_list=mailing_list, by=by, reason=reason, hops=hops)
    return Subscription.objects.filter(contact=contact, list=mailing_list).first()


def unsubscribe_many(
    *, contact_ids: Sequence[int], mailing_list: MailingList, by: User | None, reason: str, hops: int = 0
) -> int:
    """Take contacts off a list; returns how many left it now."""
    of_list = Q(list=mailing_list, contact_id__in=list(contact_ids))
    # A bounced standing may be lifted when the address works again; the person's word stands.
    return _leave(of_list, Status.UNSUBSCRIBED, by=by, reason=reason, hops=hops)


def unsubscribe_from_all(*, contact: Contact, by: User | None, reason: str) -> int:
    """Take a contact off every list they are on; returns from how many."""
    return _leave(Q(contact=contact), Status.UNSUBSCRIBED, by=by, reason=reason)


def mark_bounced(*, contact: Contact, by: User | None, reason: str) -> int:
    """Mark a contact's standings as bounced after a hard bounce; unsubscribed ones stay so."""
    return _leave(Q(contact=contact) & ~Q(status=Status.UNSUBSCRIBED), Status.BOUNCED, by=by, reason=reason)


@transaction.atomic
def _leave(which: Q, status: Subscription.Status, *, by: User | None, reason: str, hops: int = 0) -> int:
    held = list(
        Subscription.objects.select_for_update(of=("self",))
        .filter(which)
        .exclude(status=status)
        .order_by("pk")
        .values_list("pk", "contact_id", "list_id", "list__name")
    )
    stamp = "unsubscribed_at" if status == Status.UNSUBSCRIBED else "bounced_at"
    Subscription.objects.filter(pk__in=[row[0] for row in held]).update(
        **{"status": status, "reason": reason[:200], stamp: Now()}
    )
    kind = "list.unsubscribed" if status == Status.UNSUBSCRIBED else "list.bounced"
    activity.record_many(
        (
            activity.Entry(kind, contact_id, data={"list_id": pk, "list_name": name, "reason": reason}, hops=hops)
            for _, contact_id, pk, name in held
        ),
        by=by,
    )
    return len(held)


class ListInUse(Exception):
    """Something that must not lose its list refers to it."""

    permanent = True


@transaction.atomic
def delete_list(*, mailing_list: MailingList, by: User | None) -> int:
    """Delete a list with the standings on it; returns how many. Raises ListInUse."""
    touched = Subscription.objects.filter(list=mailing_list).count()
    activity.record("list.deleted", by=by, list_name=mailing_list.name, contacts=touched)
    try:
        with transaction.atomic():
            MailingList.objects.get(pk=mailing_list.pk).delete()
    except (ProtectedError, RestrictedError):
        raise ListInUse(mailing_list.name) from None
    return touched
