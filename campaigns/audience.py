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


# One pass over the lists' active rows; the joins are hashed, so that it stays quick at a million.
_COUNT = """
    SELECT count(*), count(excluded.contact_id),
           count(*) FILTER (WHERE excluded.contact_id IS NULL AND suppressed.address IS NOT NULL)
    FROM (SELECT DISTINCT contact_id FROM contacts_subscription WHERE list_id = ANY(%s) AND status = 'active') AS active
    JOIN contacts_contact AS contact ON contact.id = active.contact_id
    LEFT JOIN (SELECT DISTINCT contact_id FROM contacts_subscription WHERE list_id = ANY(%s)) AS excluded
           ON excluded.contact_id = active.contact_id
    LEFT JOIN (SELECT DISTINCT lower(address) AS address FROM messaging_suppression) AS suppressed
           ON suppressed.address = lower(contact.email)
"""


def count_audience(list_ids: Collection[int], excluded_ids: Collection[int] = ()) -> AudienceCount:
    """How many would get a mailing to these lists now, and why others would not."""
    if not list_ids:
        return AudienceCount()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(list_ids), list(excluded_ids)])
        return AudienceCount(*cursor.fetchone())
