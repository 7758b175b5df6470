"""People and automations for these tests."""

from __future__ import annotations

from typing import Any

import pytest

from automations import actions
from automations.definition import Definition, Step, Trigger
from automations.models import Automation
from contacts.models import Contact, MailingList, User


@pytest.fixture
def newsletter(db: None) -> MailingList:
    """A list without double opt-in."""
    return MailingList.objects.create(name="Newsletter")


@pytest.fixture
def ada(db: None) -> Contact:
    """A contact on no list."""
    return Contact.objects.create(email="ada@example.com", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def author(db: None) -> User:
    """Who publishes."""
    return User.objects.create_user("author@relay.example", "secret", first_name="Author", role="marketer")


def live(author: User, steps: list[Step], *, runs: str = "once", config: dict[str, Any] | None = None) -> Automation:
    """An automation with these steps, published, started by subscribing to a list (any, unless said)."""
    automation = actions.create_automation(name="Welcome", by=author)
    trigger = Trigger.model_validate({"id": "t1", "kind": "list_subscribed", "config": config or {}, "runs": runs})
    actions.save_draft(automation=automation, definition=Definition(triggers=[trigger], steps=steps), by=author)
    actions.publish(automation=automation, by=author)
    automation.refresh_from_db()
    return automation


def tag(step_id: str, name: str) -> Step:
    """A step that adds a tag."""
    return Step(id=step_id, kind="add_tag", config={"tag": name})


def wait(step_id: str, amount: int, unit: str = "days") -> Step:
    """A step that waits."""
    return Step(id=step_id, kind="wait", config={"amount": amount, "unit": unit})
