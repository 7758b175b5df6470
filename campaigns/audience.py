"""Who gets a campaign: active on one of its lists, on none of the excluded ones, and not suppressed; once each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from campaigns.models import Campaign
from contacts.models import Contact, Subscription
from messaging.models import Suppression


@dataclass(frozen=True)
class AudienceCount:
    """People active on the lists, and what became of them: left out by a list, suppressed, or recipients."""

    active: int = 0
    excluded: int = 0
    suppressed: int = 0

    @property
    def recipients(self) -> int:
        """How many would get the campaign now."""
        return self.active - self.excluded - self.suppressed


def recipients(list_ids: Collection[int], excluded_ids: Collection[int] = ()) -> QuerySet[Contact, Any]:
    """The contacts who get a mailing to these lists, each annotated with `list_id`: the list it is owed by.

    Who stands on an excluded list, whatever the status there, is left out. Whoever leaves or is
    suppressed after this was asked is caught by the outbox, which asks again before each hand-over.
    """
    active = Subscription.objects.active().filter(list_id__in=list(list_ids))
    of_contact = active.filter(contact=OuterRef("pk")).order_by()
    owed_by = of_contact.values("contact").annotate(first=Min("list_id")).values("first")
    found = Contact.objects.filter(pk__in=active.order_by().values("contact"))
    if excluded_ids:
        on_excluded = Subscription.objects.filter(contact=OuterRef("pk"), list_id__in=list(excluded_ids))
        found = found.filter(~Exists(on_excluded))
    suppressed = Suppression.objects.annotate(lower=Lower("address")).filter(lower=Lower(OuterRef("email")))
    audience: QuerySet[Contact, Any] = found.filter(~Q(Exists(suppressed))).annotate(list_id=Subquery(owed_by))
    return audience


def audience_of(campaign: Campaign) -> QuerySet[Contact, Any]:
    """The recipients of a campaign as they are now."""
    return recipients(*list_ids_of(campaign))


def list_ids_of(campaign: Campaign) -> tuple[list[int], list[int]]:
    """The ids of a campaign's lists and of its excluded lists."""
    return (
        list(campaign.lists.values_list("pk", flat=True)),
        list(campaign.excluded_lists.values_list("pk", flat=True)),
    )


# Each figure from its smallest side, by indexes: the list's active rows are counted without being joined.
_COUNT = """
    SELECT (SELECT count({counted}) FROM contacts_subscription WHERE list_id = ANY(%(lists)s) AND status = 'active'),
           (SELECT count(*)
              FROM (SELECT DISTINCT contact_id AS id
                      FROM contacts_subscription WHERE list_id = ANY(%(excluded)s)) AS contact
             WHERE {active}),
           (SELECT count(DISTINCT contact.id)
              FROM messaging_suppression AS suppression
              JOIN contacts_contact AS contact ON lower(contact.email) = lower(suppression.address)
             WHERE {active}
               AND NOT EXISTS (SELECT FROM contacts_subscription AS other
                                WHERE other.contact_id = contact.id AND other.list_id = ANY(%(excluded)s)))
"""
_ACTIVE = """EXISTS (
    SELECT FROM contacts_subscription AS held
     WHERE held.contact_id = contact.id AND held.list_id = ANY(%(lists)s) AND held.status = 'active'
)"""


def count_audience(list_ids: Collection[int], excluded_ids: Collection[int] = ()) -> AudienceCount:
    """How many would get a mailing to these lists now, and why others would not."""
    if not list_ids:
        return AudienceCount()
    with connection.cursor() as cursor:
        # Nobody is on one list twice, so only several need be told apart.
        counted = "*" if len(set(list_ids)) == 1 else "DISTINCT contact_id"
        cursor.execute(
            _COUNT.format(counted=counted, active=_ACTIVE),
            {"lists": list(set(list_ids)), "excluded": list(excluded_ids)},
        )
        return AudienceCount(*cursor.fetchone())
