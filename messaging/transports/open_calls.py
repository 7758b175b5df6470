"""Calls under an idempotency key, as the transport keeps them (ProviderCall)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from messaging.models import ProviderCall
from messaging.transports.batch_apis import BatchApi


def made(provider_id: int, key: UUID, path: str, body: str, message_ids: Sequence[int]) -> ProviderCall:
    """A call that is about to be made; not kept yet."""
    # Quick rather than small: it is written once and rarely read.
    data = zlib.compress(body.encode(), level=1)
    return ProviderCall(key=key, provider_id=provider_id, path=path, body=data, message_ids=list(message_ids))


def body_of(call: ProviderCall) -> str:
    """What was said, letter by letter: providers compare."""
    return zlib.decompress(bytes(call.body)).decode()


def within_window(api: BatchApi | None) -> QuerySet[ProviderCall]:
    """Calls whose keys the provider still knows, with some room for clocks."""
    if api is None or api.key_window is None:
        return ProviderCall.objects.none()
    return ProviderCall.objects.filter(made_at__gt=Now() - api.key_window * 0.95)


def of_messages(provider_id: int, message_ids: Sequence[int], api: BatchApi | None) -> list[ProviderCall]:
    """The calls under which any of these messages left once before, if their answers were lost."""
    found = within_window(api).filter(provider_id=provider_id, message_ids__overlap=list(message_ids))
    return list(found.order_by("made_at"))


def forget(calls: Iterable[ProviderCall]) -> bool:
    """Let calls go whose answers are safe; False where the database is away."""
    keys = [call.key for call in calls]
    try:
        if keys:
            ProviderCall.objects.filter(pk__in=keys).delete()
    except DatabaseError:
        connection.close()
        return False
    return True
