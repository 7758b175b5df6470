"""System checks of messaging's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from messaging.dns_text import place_of


@register(Tags.compatibility)
def dns_servers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """DNS_SERVERS holds addresses: a name could only be resolved by asking DNS."""
    hint = "Such as DNS_SERVERS=9.9.9.9,149.112.112.112; leave it out to ask the machine's own resolver."
    bad = [server for server in settings.DNS_SERVERS if not _is_address(server)]
    return [Error(f"DNS_SERVERS holds no address: {server!r}", hint=hint, id="messaging.E001") for server in bad]


def _is_address(server: str) -> bool:
    try:
        place_of(server)
    except ValueError:
        return False
    return True
