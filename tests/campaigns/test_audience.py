"""Who gets a campaign."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaigns.audience import AudienceCount, count_audience, recipients
from contacts.models import Contact, MailingList
from messaging.models import Suppression

pytestmark = pytest.mark.django_db
Join = Callable[..., Contact]


@pytest.fixture
def offers() -> MailingList:
    return MailingList.objects.create(name="Offers")


def emails(*ids: int, excluded: tuple[int, ...] = ()) -> list[str]:
    return sorted(recipients(ids, excluded).values_list("email", flat=True))


@pytest.mark.parametrize("status", ["unconfirmed", "unsubscribed", "bounced"])
def test_only_active_contacts_are_sent_to(newsletter: MailingList, join: Join, status: str) -> None:
    join("ada@example.com", newsletter)
    join("ben@example.com", newsletter, status=status)
    assert emails(newsletter.pk) == ["ada@example.com"]


def test_a_contact_on_two_lists_is_one_recipient_owed_by_the_first(
    newsletter: MailingList, offers: MailingList, join: Join
) -> None:
    join("ada@example.com", newsletter, offers)
    found = recipients([offers.pk, newsletter.pk])
    assert [(row.email, row.list_id) for row in found] == [("ada@example.com", newsletter.pk)]


def test_who_left_one_list_is_owed_by_the_other(newsletter: MailingList, offers: MailingList, join: Join) -> None:
    join("ada@example.com", newsletter, status="unsubscribed")
    join("ada@example.com", offers)
    assert [row.list_id for row in recipients([newsletter.pk, offers.pk])] == [offers.pk]


@pytest.mark.parametrize("status", ["active", "unsubscribed", "unconfirmed"])
def test_whoever_stands_on_an_excluded_list_is_left_out(
    newsletter: MailingList, offers: MailingList, join: Join, status: str
) -> None:
    join("ada@example.com", newsletter)
    join("ben@example.com", newsletter)
    join("ben@example.com", offers, status=status)
    assert emails(newsletter.pk, excluded=(offers.pk,)) == ["ada@example.com"]


@pytest.mark.parametrize("kind", Suppression.Kind.values)
def test_a_suppressed_address_is_left_out_whatever_its_case(newsletter: MailingList, join: Join, kind: str) -> None:
    join("Ada@Example.com", newsletter)
    join("ben@example.com", newsletter)
    Suppression.objects.create(address="ada@example.COM", kind=kind)
    assert emails(newsletter.pk) == ["ben@example.com"]


def test_the_count_says_why_people_are_left_out(newsletter: MailingList, offers: MailingList, join: Join) -> None:
    for name in ("ada", "ben", "cleo", "dan", "eve"):
        join(f"{name}@example.com", newsletter)
    join("ben@example.com", offers)
    join("cleo@example.com", offers, status="unsubscribed")
    for address in ("cleo@example.com", "DAN@example.com"):
        Suppression.objects.create(address=address, kind="complaint")
    Suppression.objects.create(address="dan@example.com", kind="exclusion")
    counted = count_audience([newsletter.pk], [offers.pk])
    assert counted == AudienceCount(active=5, excluded=2, suppressed=1)
    assert counted.recipients == len(emails(newsletter.pk, excluded=(offers.pk,))) == 2


def test_no_list_is_nobody(newsletter: MailingList, join: Join) -> None:
    join("ada@example.com", newsletter)
    assert count_audience([]).recipients == 0
    assert emails() == []
