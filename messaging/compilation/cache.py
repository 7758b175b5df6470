"""Compiled mailings kept by a worker process, the least lately used thrown out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from messaging.compilation.compiled import CompiledMailing


class CompiledCache:
    """Holds at most `max_items` mailings; each is some hundred kilobytes with its encoded parts."""

    def __init__(self, max_items: int = 200) -> None:
        self._max_items = max_items
        self._items: OrderedDict[Hashable, CompiledMailing] = OrderedDict()

    def get(self, key: Hashable, load: Callable[[], bytes]) -> CompiledMailing:
        """The mailing of this key; `load` gives its bytes when it is not here. The key names the content,
        not only the row: a mailing that is compiled anew has another."""
        if key in self._items:
            self._items.move_to_end(key)
            return self._items[key]
        compiled = self._items[key] = CompiledMailing.from_bytes(load())
        if len(self._items) > self._max_items:
            self._items.popitem(last=False)
        return compiled
