"""The providers as they are now: what the router decides by, and what a transport needs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from messaging import rates
from messaging.dkim import keyring
from messaging.models import Provider
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.routing import ProviderFacts, Stream, Ways
from messaging.secrets import unseal
from messaging.transports.base import ProviderSettings

# A change in the UI is noticed by a busy worker within this time.
FRESH_SECONDS = 2.0


@dataclass
class Providers:
    """Providers as one worker sees them, read again every few seconds."""

    _read_at: float = -FRESH_SECONDS
    _ways: Ways = field(default_factory=Ways)
    _settings: dict[int, ProviderSettings] = field(default_factory=dict)

    def ways(self) -> Ways:
        """What mail may leave by."""
        if time.monotonic() >= self._read_at + FRESH_SECONDS:
            self._read()
        return self._ways

    def settings(self, provider_id: int) -> ProviderSettings:
        """A provider that a route named."""
        return self._settings[provider_id]

    def _read(self) -> None:
        rows = list(Provider.objects.filter(is_active=True).order_by("position", "id"))
        resting = rates.resting([row.pk for row in rows])
        self._ways = Ways(tuple(_facts(row, resting) for row in rows))
        self._settings = {row.pk: settings_of(row) for row in rows}
        if any(map(_signs, rows)):
            keyring.refresh()
        self._read_at = time.monotonic()


def _facts(row: Provider, resting: set[int]) -> ProviderFacts:
    streams: set[Stream] = set()
    if row.broadcast:
        streams.add("broadcast")
    if row.transactional:
        streams.add("transactional")
    return ProviderFacts(
        row.pk, row.name, frozenset(streams), is_paused=row.paused_at is not None, is_resting=row.pk in resting
    )


def _signs(row: Provider) -> bool:
    try:
        return kind_named(row.kind).signs(row.config)
    except ProviderMisconfiguredError:
        return False


def settings_of(row: Provider) -> ProviderSettings:
    """A provider as its transport needs it, secrets in clear."""
    return ProviderSettings(
        id=row.pk,
        kind=row.kind,
        config=row.config,
        secrets=unseal(row.secrets),
        messages_per_second=row.messages_per_second,
        max_connections=row.max_connections,
    )
