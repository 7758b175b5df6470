"""What a kind of provider is: its settings, its secrets, and how it is tried out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Secrets = Mapping[str, str]


class ProviderMisconfiguredError(Exception):
    """Settings that cannot work; the words are meant for the administrator."""

    permanent = True


@dataclass(frozen=True)
class Field:
    """One input of a kind's form. `name` is a field of the kind's Config, or of its secrets."""

    name: str
    label: str | StrPromise
    help: str | StrPromise = ""
    required: bool = True
    secret: bool = False
    choices: tuple[tuple[str, str | StrPromise], ...] = ()
    initial: str | int | bool = ""
    input: str = "text"  # text, number, checkbox


@dataclass(frozen=True)
class TestMessage:
    """The message that the test button sends: plain ASCII addresses, checked by the caller."""

    __test__ = False  # not a test case, whatever pytest thinks

    from_email: str
    to_email: str
    subject: str
    text: str


@dataclass(frozen=True)
class TestResult:
    """What came of pressing the test button, in the server's own words where it spoke."""

    __test__ = False

    ok: bool
    words: str


class ProviderKind(ABC):
    """The contract of a kind. `key` is stored in `Provider.kind`."""

    key: str
    label: str | StrPromise
    summary: str | StrPromise = ""
    Config: type[BaseModel]
    fields: tuple[Field, ...] = ()
    # capture keeps mail here; everything else lets it leave.
    leaves: bool = True
    # Connections mean something only where we keep them ourselves.
    has_connections: bool = False
    # Whether it reports back by webhook.
    has_webhook: bool = False
    # Why this kind cannot be chosen on this machine, or nothing.
    missing: str | StrPromise = ""

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Names of what is encrypted at rest and never shown again."""
        return tuple(field.name for field in self.fields if field.secret)

    def config(self, stored: Mapping[str, Any]) -> Any:
        """The stored settings by the kind's schema. Raises ProviderMisconfiguredError."""
        try:
            return self.Config.model_validate(dict(stored))
        except ValidationError as error:
            raise ProviderMisconfiguredError(_words(error)) from error

    def signs(self, stored: Mapping[str, Any]) -> bool:
        """Whether we sign what leaves by it (DKIM), rather than the other side."""
        return False

    @abstractmethod
    def check(self, stored: Mapping[str, Any], secrets: Secrets) -> None:
        """Refuse settings that cannot work or point where they must not. Raises ProviderMisconfiguredError."""

    @abstractmethod
    def test(self, stored: Mapping[str, Any], secrets: Secrets, message: TestMessage | None) -> TestResult:
        """Try it out: connect and sign in, and send `message` where one is given. Never raises for the other side."""


_kinds: dict[str, ProviderKind] = {}


def register(*kinds: ProviderKind) -> None:
    """Make kinds known. Registering one twice changes nothing."""
    for kind in kinds:
        _kinds.setdefault(kind.key, kind)


def kind_named(key: str) -> ProviderKind:
    """The kind with this key. Raises ProviderMisconfiguredError for one that is gone."""
    if key not in _kinds:
        raise ProviderMisconfiguredError(f"There is no kind of provider called {key!r} here.")
    return _kinds[key]


def all_kinds() -> list[ProviderKind]:
    """All kinds, in the order they are offered."""
    return list(_kinds.values())


def _words(error: ValidationError) -> str:
    return " ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}." for one in error.errors())
