"""Compiled mailings as a worker keeps them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from messaging.compilation import CompiledMailing, UnreadableCompilation
from messaging.models import Mailing

log = structlog.get_logger(__name__)

# Each is some hundred kilobytes. A frozen mailing never changes, so none grows old.
KEPT = 200


@dataclass(frozen=True, slots=True)
class ReadyMailing:
    """What sending needs of a mailing."""

    id: int
    compiled: CompiledMailing
    list_ids: frozenset[int]
    auto_submitted: bool


def _read(mailing_id: int, raw: bytes | None) -> CompiledMailing | None:
    try:
        return CompiledMailing.from_bytes(raw or b"")
    except UnreadableCompilation as error:
        log.error("mailing_unreadable", mailing_id=mailing_id, error=str(error))
        return None


class ReadyMailings:
    """The mailings of this process, the least lately used thrown out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, ReadyMailing] = OrderedDict()

    def load(self, mailing_ids: Iterable[int]) -> dict[int, ReadyMailing]:
        """The mailings with these ids, as far as they can be read; those that are not here yet in one query."""
        wanted = set(mailing_ids)
        found = {one: self._kept[one] for one in wanted if one in self._kept}
        if missing := wanted - set(found):
            fields = ("pk", "compiled", "list_ids", "auto_submitted")
            for pk, raw, list_ids, auto in Mailing.objects.filter(pk__in=missing).values_list(*fields):
                if compiled := _read(pk, raw):
                    found[pk] = ReadyMailing(pk, compiled, frozenset(list_ids), auto)
        for one in found.values():
            self._kept[one.id] = one
            self._kept.move_to_end(one.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found
