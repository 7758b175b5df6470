"""Runs walk step by step, each exactly once, and wait as rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from automations import actions
from automations.engine import walk_due
from automations.models import Enrollment, StepRun
from automations.steps import KINDS
from contacts.models import Activity, Contact, User
from tests.automations.conftest import live, tag, wait

pytestmark = pytest.mark.django_db


def names_of(contact: Contact) -> set[str]:
    return set(contact.tags.values_list("name", flat=True))


def test_a_run_takes_its_steps_in_order_and_waits_between_them(author: User, ada: Contact) -> None:
    automation = live(author, [tag("a", "first"), wait("b", 2), tag("c", "second")])
    run = actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    now = timezone.now()

    assert walk_due(now=now) == 1
    assert names_of(ada) == {"first"}
    run.refresh_from_db()
    assert (run.step_id, run.wake_at) == ("b", now + timedelta(days=2))
    assert walk_due(now=now + timedelta(days=1)) == 0

    assert walk_due(now=now + timedelta(days=2)) == 1
    run.refresh_from_db()
    assert names_of(ada) == {"first", "second"}
    assert (run.state, run.wake_at, run.step_id) == ("finished", None, "")


def test_every_step_is_in_the_history_with_its_outcome(author: User, ada: Contact) -> None:
    automation = live(author, [tag("a", "first"), wait("b", 1, "hours")])
    actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    now = timezone.now()
    walk_due(now=now)
    walk_due(now=now + timedelta(hours=1))
    taken = list(StepRun.objects.order_by("id").values_list("step_id", "outcome"))
    assert taken == [("a", "done"), ("b", "waited"), ("b", "done")]
    assert Activity.objects.filter(kind="automation.finished", contact=ada).count() == 1


def test_a_paused_automation_takes_no_step_and_its_clocks_run_on(author: User, ada: Contact) -> None:
    automation = live(author, [wait("a", 1), tag("b", "later")])
    actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    now = timezone.now()
    walk_due(now=now)
    actions.pause(automation=automation, by=author)
    assert walk_due(now=now + timedelta(days=3)) == 0
    actions.resume(automation=automation, by=author)
    assert walk_due(now=now + timedelta(days=3)) == 1
    assert names_of(ada) == {"later"}


def test_a_step_that_fails_undoes_only_its_own_run_and_is_tried_again(
    author: User, ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace = Contact.objects.create(email="grace@example.com")
    automation = live(author, [tag("a", "first"), tag("b", "second")])
    runs = [actions.enroll(automation=automation, contact=c, trigger=None, by=author) for c in (ada, grace)]
    real = KINDS["add_tag"].take

    def broken_for_ada(run):  # type: ignore[no-untyped-def]
        if run.enrollment.contact_id == ada.pk and run.step.id == "b":
            raise RuntimeError("the disk is full")
        return real(run)

    monkeypatch.setattr(KINDS["add_tag"], "take", broken_for_ada)
    now = timezone.now()
    walk_due(now=now)
    assert (names_of(ada), names_of(grace)) == (set(), {"first", "second"})
    runs[0].refresh_from_db()
    assert (runs[0].state, runs[0].attempts, "disk is full" in runs[0].error) == ("active", 1, True)

    monkeypatch.setattr(KINDS["add_tag"], "take", real)
    assert walk_due(now=now + timedelta(minutes=2)) == 1
    assert names_of(ada) == {"first", "second"}


def test_a_run_that_keeps_failing_stops_and_can_be_retried_by_hand(
    author: User, ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    automation = live(author, [tag("a", "first")])
    run = actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    monkeypatch.setattr(KINDS["add_tag"], "take", lambda run: 1 / 0)
    now = timezone.now()
    for days in range(10):
        walk_due(now=now + timedelta(days=days))
    run.refresh_from_db()
    assert (run.state, run.wake_at) == ("failed", None)
    monkeypatch.undo()
    assert actions.retry_run(enrollment=run, by=author)
    walk_due(now=timezone.now())
    assert names_of(ada) == {"first"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_walk_the_same_run(author: User, ada: Contact) -> None:
    automation = live(author, [tag("a", "first")])
    actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    with transaction.atomic():
        held = Enrollment.objects.select_for_update().get()
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM automations_enrollment WHERE id = %s FOR UPDATE SKIP LOCKED", [held.pk])
            assert cursor.fetchall() == []
        other.close()
    assert walk_due(now=timezone.now()) == 1
    assert walk_due(now=timezone.now()) == 0
