"""What a kind of step is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from automations.definition import Step

if TYPE_CHECKING:
    from django import forms
    from django_stubs_ext import StrPromise

    from automations.models import Automation, Enrollment


@dataclass(frozen=True)
class Run:
    """What a step sees: whose run, which step, and what time it is (the clock is passed in)."""

    enrollment: Enrollment
    step: Step
    now: datetime


@dataclass(frozen=True)
class Advance:
    """The step is over: the run goes on with the next. `skipped` says it did nothing, and why."""

    reason: str = ""
    skipped: bool = False
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """The run stays at the step and is taken up again at `until`."""

    until: datetime
    reason: str = ""


Outcome = Advance | Pause


class StepInvalid(ValueError):
    """A step cannot be published as it is; the message says why."""

    permanent = True


class StepKind(ABC):
    """A kind of step. `take` runs in the transaction that also moves the run: what it does in the
    database happens exactly once. It must not touch the network."""

    key: ClassVar[str]
    title: ClassVar[StrPromise]
    icon: ClassVar[str]
    tone: ClassVar[str] = "grey"

    @abstractmethod
    def take(self, run: Run) -> Outcome:
        """Do the step for one contact, or say until when to wait."""

    @abstractmethod
    def describe(self, config: dict[str, Any]) -> str:
        """The step in a few words, for the builder and the history."""

    @abstractmethod
    def form(self, automation: Automation, step: Step, data: Any = None) -> forms.Form:
        """The step's settings as a form; its `config(by)` gives what is stored."""

    def problems(self, config: dict[str, Any]) -> list[str]:
        """Why this step cannot be published as it is; empty when it can."""
        return []

    def prepare(self, config: dict[str, Any]) -> None:  # noqa: B027  # most kinds have nothing to prepare
        """Make ready for running, in the transaction that publishes. Raises StepInvalid."""

    def resume_at(self, config: dict[str, Any], arrived_at: datetime) -> datetime | None:
        """When a run that came here at `arrived_at` goes on, for kinds that wait."""
        return None
