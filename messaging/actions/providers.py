"""Providers: added, changed, tried out, put in order, paused and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from contacts import activity
from contacts.models import User
from messaging.dkim.keyring import NoKeyring
from messaging.models import Provider
from messaging.providers import TestResult, kind_named
from messaging.providers.kind import TestMessage
from messaging.secrets import SecretsUnreadableError, seal, unseal


@dataclass(frozen=True)
class ProviderSettings:
    """What a form says of a provider. `config` by the kind's schema; `secrets` holds only what was typed now."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    broadcast: bool = True
    transactional: bool = True
    messages_per_second: int = 0
    max_connections: int = 4


@transaction.atomic
def add_provider(*, kind: str, settings: ProviderSettings, by: User | None, is_active: bool = False) -> Provider:
    """Add a provider, not yet in use: the last but for capture, which is what remains when all others are off.

    Raises ProviderMisconfiguredError.
    """
    kind_named(kind).check(settings.config, settings.secrets)
    provider = Provider(kind=kind, is_active=is_active)
    _fill(provider, settings, dict(settings.secrets))
    provider.save()
    others = Provider.objects.select_for_update().exclude(pk=provider.pk).order_by("position", "id")
    order = list(others.values_list("pk", "kind"))
    at = next((at for at, (_pk, held) in enumerate(order) if held == "capture" != kind), len(order))
    _number([*(pk for pk, _kind in order[:at]), provider.pk, *(pk for pk, _kind in order[at:])])
    provider.refresh_from_db()
    activity.record("provider.added", by=by, provider_id=provider.pk, name=provider.name, provider_kind=kind)
    return provider


@transaction.atomic
def change_provider(*, provider: Provider, settings: ProviderSettings, by: User | None) -> Provider:
    """Change a provider. A secret that was not typed again stays. Raises ProviderMisconfiguredError."""
    held = Provider.objects.select_for_update().get(pk=provider.pk)
    secrets = {**secrets_of(held), **{name: value for name, value in settings.secrets.items() if value}}
    kind_named(held.kind).check(settings.config, secrets)
    _fill(held, settings, secrets)
    held.save()
    activity.record("provider.changed", by=by, provider_id=held.pk, name=held.name)
    return held


def test_provider(*, provider: Provider, message: TestMessage | None) -> TestResult:
    """Try a provider out, and keep what it said. The network is spoken to outside of any transaction."""
    try:
        result = kind_named(provider.kind).test(provider.config, unseal(provider.secrets), message)
    except (SecretsUnreadableError, NoKeyring) as error:
        result = TestResult(False, str(error))
    now = timezone.now()
    facts: dict[str, Any] = {"tested_at": now}
    facts |= {"last_error": ""} if result.ok else {"last_error": result.words, "last_error_at": now}
    Provider.objects.filter(pk=provider.pk).update(**facts)
    provider.refresh_from_db()
    return result


@transaction.atomic
def pause_provider(*, provider: Provider, by: User | None) -> None:
    """Hold all mail of a provider back; it waits, and goes nowhere else. Twice changes nothing."""
    if Provider.objects.filter(pk=provider.pk, paused_at=None).update(paused_at=timezone.now()):
        activity.record("provider.paused", by=by, provider_id=provider.pk, name=provider.name)


@transaction.atomic
def resume_provider(*, provider: Provider, by: User | None) -> None:
    """Let a paused provider go on. Twice changes nothing."""
    if Provider.objects.filter(pk=provider.pk, paused_at__isnull=False).update(paused_at=None):
        activity.record("provider.resumed", by=by, provider_id=provider.pk, name=provider.name)


@transaction.atomic
def switch_provider(*, provider: Provider, on: bool, by: User | None) -> None:
    """Take a provider into use, or out of it: then mail leaves by the next in order."""
    if Provider.objects.filter(pk=provider.pk).exclude(is_active=on).update(is_active=on):
        activity.record("provider.changed", by=by, provider_id=provider.pk, name=provider.name, is_active=on)


@transaction.atomic
def use_first(*, provider: Provider, by: User | None) -> None:
    """Take a provider into use before all others: the first active one of a stream is the one mail leaves by."""
    switch_provider(provider=provider, on=True, by=by)
    others = Provider.objects.select_for_update().exclude(pk=provider.pk).order_by("position", "id")
    _number([provider.pk, *others.values_list("pk", flat=True)])


@transaction.atomic
def move_provider(*, provider: Provider, step: int, by: User | None) -> None:
    """Move a provider up (-1) or down (1) in the order."""
    order = list(Provider.objects.select_for_update().order_by("position", "id").values_list("pk", flat=True))
    at = order.index(provider.pk)
    to = min(max(at + step, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    _number(order)


@transaction.atomic
def remove_provider(*, provider: Provider, by: User | None) -> None:
    """Take a provider away. Messages that left by it keep their route in words."""
    gone, _ = Provider.objects.filter(pk=provider.pk).delete()
    if gone:
        activity.record("provider.removed", by=by, name=provider.name)


def capture_by_default() -> None:
    """Have a capture provider where there is none at all, so that nothing leaves a new machine."""
    if not Provider.objects.exists():
        Provider.objects.get_or_create(name="Capture", defaults={"kind": "capture"})


def secrets_of(provider: Provider) -> dict[str, str]:
    """A provider's secrets; none where they cannot be read, so that they can be typed again."""
    try:
        return unseal(provider.secrets)
    except SecretsUnreadableError:
        return {}


def _fill(provider: Provider, settings: ProviderSettings, secrets: dict[str, str]) -> None:
    provider.name = settings.name
    provider.config = dict(settings.config)
    provider.secrets = seal({name: value for name, value in secrets.items() if value})
    provider.broadcast, provider.transactional = settings.broadcast, settings.transactional
    provider.messages_per_second = settings.messages_per_second
    provider.max_connections = settings.max_connections


def _number(order: list[int]) -> None:
    for position, pk in enumerate(order):
        Provider.objects.filter(pk=pk).update(position=position)
