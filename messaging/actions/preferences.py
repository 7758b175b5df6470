"""What a person wants to get: their own acts, from the links in our mail.

A message stands for the person it was sent to. Nothing here is ever done by staff on their behalf:
that is `contacts.actions.lists`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from contacts import activity
from contacts.actions import lists
from contacts.models import Contact, MailingList, Subscription
from messaging.actions.engagement import message_data
from messaging.actions.suppress import lift_suppression, suppress
from messaging.models import MailingStats, Message, Suppression

REASON = "unsubscribed by the link in a message"
Scope = Collection[int] | None


@transaction.atomic
def unsubscribe_from_lists(*, message: Message, mailing_lists: Iterable[MailingList]) -> int:
    """Take the recipient of a message off these lists; returns how many they left. Twice changes nothing."""
    if message.contact is None:
        return 0
    chosen = list(mailing_lists)
    left = 0
    for mailing_list in chosen:
        left += lists.unsubscribe_many(
            contact_ids=[message.contact.pk], mailing_list=mailing_list, by=None, reason=REASON
        )
    _mark_unsubscribed(message, [one.pk for one in chosen])
    return left


@transaction.atomic
def unsubscribe_from_everything(*, message: Message) -> None:
    """Take the recipient off every list, and send them no marketing mail any more. Twice changes nothing."""
    if message.contact is not None:
        lists.unsubscribe_from_all(contact=message.contact, by=None, reason=REASON)
    suppress(address=message.address, kind=Suppression.Kind.UNSUBSCRIBED, reason=REASON, by=None, message=message)
    _mark_unsubscribed(message, None)


def lists_owed(message: Message) -> list[MailingList]:
    """The lists a message was owed by: "these lists" of its unsubscribe page. May be none."""
    ids = message.mailing.list_ids or [message.mailing_list_id or 0]
    return list(MailingList.objects.filter(pk__in=ids))


def lists_offered(message: Message) -> list[MailingList]:
    """The lists on the preference page: the public ones, those the person is on, those the message was owed by."""
    on = Subscription.objects.active().filter(contact_id=message.contact_id).values("list_id")
    owed = [one.pk for one in lists_owed(message)]
    return list(MailingList.objects.filter(Q(is_public=True) | Q(pk__in=on) | Q(pk__in=owed)))


def unsubscribe_at_once(*, message: Message) -> None:
    """The one-click POST (RFC 8058): the lists this message was owed by, or everything where there are none."""
    owed = lists_owed(message)
    if owed and message.contact is not None:
        unsubscribe_from_lists(message=message, mailing_lists=owed)
    else:
        unsubscribe_from_everything(message=message)


@transaction.atomic
def choose_lists(*, message: Message, wanted: Collection[int], offered: Iterable[MailingList]) -> None:
    """Set the recipient's standing on each of the offered lists to what they ticked.

    A list that is wanted again is joined by the person's own act, which is the one thing that brings
    an unsubscribed contact back; it also takes back an earlier "unsubscribe from everything".
    """
    if message.contact is None:
        return
    offered = list(offered)
    left = [one for one in offered if one.pk not in wanted]
    if any(_is_on(message.contact, one) for one in left):
        unsubscribe_from_lists(message=message, mailing_lists=left)
    for one in offered:
        if one.pk in wanted:
            _come_back(message.contact, one)


@transaction.atomic
def confirm_subscription(*, subscription: Subscription) -> Subscription:
    """The person pressed the button behind the link in the confirmation mail (double opt-in)."""
    _lift_unsubscribed(subscription.contact)
    return lists.confirm(subscription=subscription)


def _come_back(contact: Contact, mailing_list: MailingList) -> None:
    if _is_on(contact, mailing_list):
        return
    _lift_unsubscribed(contact)
    lists.subscribe(contact=contact, mailing_list=mailing_list, by=None, source="preference page", force=True)


def _is_on(contact: Contact, mailing_list: MailingList) -> bool:
    return Subscription.objects.active().filter(contact=contact, list=mailing_list).exists()


def _lift_unsubscribed(contact: Contact) -> None:
    held = Suppression.objects.of_address(contact.email).filter(kind=Suppression.Kind.UNSUBSCRIBED)
    for suppression in held:
        lift_suppression(suppression=suppression, reason="asked for mail again", by=None)


def _mark_unsubscribed(message: Message, scope: Scope) -> None:
    """Count it once per message, and write it down once."""
    first = Message.objects.filter(pk=message.pk, unsubscribed_at=None).update(unsubscribed_at=Now())
    if not first:
        return
    MailingStats.objects.filter(mailing_id=message.mailing_id).update(unsubscribed=F("unsubscribed") + 1)
    activity.record(
        "email.unsubscribed",
        by=None,
        contact_id=message.contact_id,
        scope="everything" if scope is None else sorted(scope),
        **message_data(message),
    )
