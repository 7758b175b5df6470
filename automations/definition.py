"""What an automation is: triggers and steps, as JSON with a schema and a version.

Steps have ids that stay the same from one revision to the next; runs in progress hold on to them.
`Definition.after` is the one place that knows the order of steps.
"""

from __future__ import annotations

import secrets
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field


def new_id() -> str:
    """A fresh id of a step or trigger, unique within any automation."""
    return secrets.token_hex(6)


class Trigger(BaseModel):
    """Something that starts a contact's run. `runs`: only the first time, or every time it happens."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=new_id)
    kind: str
    config: dict[str, Any] = Field(default_factory=dict)
    runs: Literal["once", "every"] = "once"


class Step(BaseModel):
    """One thing that is done or waited for. `config` is in the schema of its kind."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=new_id)
    kind: str
    config: dict[str, Any] = Field(default_factory=dict)


class Definition(BaseModel):
    """A whole automation."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    triggers: list[Trigger] = Field(default_factory=list)
    steps: list[Step] = Field(default_factory=list)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """From what a model's JSON column holds; an empty column is an empty automation."""
        return cls.model_validate(stored or {})

    def write(self) -> dict[str, Any]:
        """As a JSON column keeps it."""
        return self.model_dump(mode="json")

    def step(self, step_id: str) -> Step | None:
        """The step with this id, or None when it is gone (or the run is at its end)."""
        return next((step for step in self.steps if step.id == step_id), None)

    def trigger(self, trigger_id: str) -> Trigger | None:
        """The trigger with this id."""
        return next((trigger for trigger in self.triggers if trigger.id == trigger_id), None)

    @property
    def first(self) -> str:
        """The id of the step a run begins with; empty when there is none."""
        return self.steps[0].id if self.steps else ""

    def after(self, step_id: str) -> str:
        """The id of the step that follows; empty at the end."""
        ids = [step.id for step in self.steps]
        following = ids[ids.index(step_id) + 1 :] if step_id in ids else []
        return following[0] if following else ""

    def survivor(self, step_id: str, later: Definition) -> str:
        """Where a run that is at `step_id` here goes on in a `later` definition.

        The same step if it is still there, else the next one after it that is; empty when none is left.
        """
        while step_id and not later.step(step_id):
            step_id = self.after(step_id)
        return step_id
