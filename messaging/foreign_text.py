"""Text from outside, made fit to be kept: PostgreSQL's has no NUL and no half of a surrogate pair."""

from __future__ import annotations

import re
from typing import Any

_NOT_STORED = re.compile("[\x00\ud800-\udfff]")
# C0, C1, separators, overrides of direction: what would make one line two, or show it as another.
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def storable(value: Any) -> Any:
    """Scalars, lists and dictionaries of JSON, without the characters that would be an error when they are stored."""
    if isinstance(value, str):
        return _NOT_STORED.sub("", value)
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    return value


def one_line(words: str) -> str:
    """A server's words as they are kept and shown."""
    return words if words.isascii() and words.isprintable() else _NOT_SHOWN.sub(" ", words)
