"""Who enters, when, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from automations import actions
from automations.definition import Definition
from automations.engine import walk_due
from automations.handlers import on_activity
from automations.models import Enrollment
from contacts.actions.lists import subscribe
from contacts.activity import MAX_HOPS
from contacts.models import Activity, Contact, MailingList, User
from tests.automations.conftest import live, tag

pytestmark = pytest.mark.django_db


def subscribed(contact: Contact, mailing_list: MailingList) -> Activity:
    """What the log holds after subscribing."""
    subscribe(contact=contact, mailing_list=mailing_list, by=None, source="test")
    entry: Activity = Activity.objects.filter(kind="list.subscribed", contact=contact).latest("id")
    return entry


def test_subscribing_to_the_list_starts_a_run_once_even_if_told_twice(
    author: User, ada: Contact, newsletter: MailingList
) -> None:
    automation = live(author, [tag("a", "first")], config={"list_id": newsletter.pk})
    entry = subscribed(ada, newsletter)
    assert entry.due_at is not None
    on_activity(entry)
    on_activity(entry)
    assert automation.enrollments.count() == 1
    assert Activity.objects.filter(kind="automation.entered", contact=ada).count() == 1


def test_another_list_starts_nothing(author: User, ada: Contact, newsletter: MailingList) -> None:
    other = MailingList.objects.create(name="Other")
    automation = live(author, [tag("a", "first")], config={"list_id": newsletter.pk})
    on_activity(subscribed(ada, other))
    assert not automation.enrollments.exists()


def test_once_means_once_for_each_contact(author: User, ada: Contact, newsletter: MailingList) -> None:
    automation = live(author, [tag("a", "first")])
    for _ in range(2):
        Activity.objects.create(contact=ada, kind="list.subscribed", data={"list_id": newsletter.pk})
    for entry in Activity.objects.filter(kind="list.subscribed"):
        on_activity(entry)
        walk_due(now=timezone.now())
    assert automation.enrollments.count() == 1


def test_every_time_stops_at_ten_entries_within_a_day(author: User, ada: Contact, newsletter: MailingList) -> None:
    automation = live(author, [tag("a", "first")], runs="every")
    for _ in range(12):
        entry = Activity.objects.create(contact=ada, kind="list.subscribed", data={"list_id": newsletter.pk})
        on_activity(entry)
        walk_due(now=timezone.now())
    assert automation.enrollments.count() == 10
    Enrollment.objects.update(entered_at=timezone.now() - timedelta(hours=25))
    on_activity(Activity.objects.create(contact=ada, kind="list.subscribed", data={"list_id": newsletter.pk}))
    assert automation.enrollments.count() == 11


def test_a_contact_is_inside_once_at_a_time(author: User, ada: Contact) -> None:
    automation = live(author, [tag("a", "first")])
    actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    with pytest.raises(actions.EntryRefused, match="already"):
        actions.enroll(automation=automation, contact=ada, trigger=None, by=author)


def test_a_loop_of_automations_ends_after_eight_hops(author: User, ada: Contact, newsletter: MailingList) -> None:
    automation = live(author, [tag("a", "first")], runs="every")
    data = {"list_id": newsletter.pk}
    on_activity(Activity.objects.create(contact=ada, kind="list.subscribed", data=data, hops=MAX_HOPS))
    assert not automation.enrollments.exists()


def test_a_draft_that_was_never_published_hears_nothing(author: User, ada: Contact, newsletter: MailingList) -> None:
    automation = actions.create_automation(name="Draft", by=author)
    trigger = live(author, [tag("a", "first")]).draft["triggers"][0]
    definition = Definition.read({"triggers": [trigger], "steps": []})
    actions.save_draft(automation=automation, definition=definition, by=author)
    on_activity(subscribed(ada, newsletter))
    assert not automation.enrollments.exists()
