"""Publishing while contacts are inside is safe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from automations import actions
from automations.definition import Definition, Step
from automations.engine import walk_due
from automations.models import Automation, Enrollment
from contacts.models import Contact, User
from tests.automations.conftest import live, tag, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(author: User, ada: Contact) -> Enrollment:
    """Ada waits two days at step b."""
    automation = live(author, [tag("a", "first"), wait("b", 2), tag("c", "second")])
    run = actions.enroll(automation=automation, contact=ada, trigger=None, by=author)
    walk_due(now=timezone.now())
    run.refresh_from_db()
    return run


def republish(automation: Automation, steps: list[Step], by: User) -> None:
    old = Definition.read(automation.draft)
    actions.save_draft(automation=automation, definition=old.model_copy(update={"steps": steps}), by=by)
    actions.publish(automation=automation, by=by)


@pytest.mark.parametrize("days", [1, 5])
def test_a_changed_wait_counts_the_time_already_waited(waiting: Enrollment, author: User, days: int) -> None:
    republish(waiting.automation, [tag("a", "first"), wait("b", days), tag("c", "second")], author)
    arrived = waiting.arrived_at
    waiting.refresh_from_db()
    assert arrived is not None
    assert waiting.wake_at == arrived + timedelta(days=days)


def test_deleting_a_wait_moves_its_contacts_to_the_next_step(waiting: Enrollment, author: User) -> None:
    republish(waiting.automation, [tag("a", "first"), tag("c", "second")], author)
    walk_due(now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == "finished"
    assert waiting.contact.tags.filter(name="second").exists()


def test_deleting_the_wait_and_all_after_it_ends_its_runs(waiting: Enrollment, author: User) -> None:
    republish(waiting.automation, [tag("a", "first")], author)
    walk_due(now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == "finished"
    assert not waiting.contact.tags.filter(name="second").exists()


def test_each_publish_is_a_revision_that_can_be_restored(waiting: Enrollment, author: User) -> None:
    automation = waiting.automation
    first = automation.revision
    republish(automation, [tag("x", "other")], author)
    automation.refresh_from_db()
    assert first is not None
    assert automation.revision is not None
    assert automation.revision.number == 2
    actions.restore_revision(automation=automation, revision=first, by=author)
    assert [step["id"] for step in automation.draft["steps"]] == ["a", "b", "c"]


def test_what_is_wrong_is_said_step_by_step_and_nothing_goes_live(author: User) -> None:
    automation = actions.create_automation(name="Empty", by=author)
    broken = Definition(steps=[Step(id="s", kind="add_tag", config={})])
    actions.save_draft(automation=automation, definition=broken, by=author)
    with pytest.raises(actions.AutomationInvalid) as caught:
        actions.publish(automation=automation, by=author)
    assert set(caught.value.problems) == {"", "s"}
    automation.refresh_from_db()
    assert (automation.status, automation.revision) == ("draft", None)
