"""What a kind of trigger is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from automations.definition import Trigger

if TYPE_CHECKING:
    from django import forms
    from django_stubs_ext import StrPromise

    from contacts.models import Activity


class TriggerKind(ABC):
    """A kind of trigger: a kind of activity, and which entries of it count. Pure: reads no tables."""

    key: ClassVar[str]
    title: ClassVar[StrPromise]
    icon: ClassVar[str]
    # The kind of activity that this trigger listens to.
    activity_kind: ClassVar[str]

    @abstractmethod
    def matches(self, activity: Activity, config: dict[str, Any]) -> bool:
        """Whether this entry of the log starts a run."""

    @abstractmethod
    def describe(self, config: dict[str, Any]) -> str:
        """The trigger in a few words."""

    @abstractmethod
    def form(self, trigger: Trigger, data: Any = None) -> forms.Form:
        """The trigger's settings as a form; its `config()` gives what is stored."""

    def problems(self, config: dict[str, Any]) -> list[str]:
        """Why this trigger cannot be published as it is; empty when it can."""
        return []
