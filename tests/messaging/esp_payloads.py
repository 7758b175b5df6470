"""What a provider's API is given, as far as it is a message: its header values are judged as if they were a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from messaging.wirelint.fields import KNOWN

# Keys of the APIs under which whole bodies and files stand, in small letters.
_BODIES = frozenset(
    {"htmlbody", "textbody", "html", "text", "htmlpart", "textpart", "htmlcontent", "textcontent", "content"}
    | {"attachments", "attachment", "base64content"}
)
# What anymail adds for some of them, and what is taken for a field of the call.
_THEIRS = frozenset({"x-metadata", "x-mailin-custom", "idempotencykey"})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def payload_faults(messages: Sequence[dict[str, Any]]) -> list[str]:
    """Every violation in the messages of some calls."""
    return [f"payload: {fault}" for message in messages for fault in _faults(message)]


def _faults(message: dict[str, Any]) -> Iterator[str]:
    for path, value in _texts(message, ""):
        if _CONTROL.search(value):
            yield f"a control character in {path}"
    names = {name.lower() for name in _header_names(message)}
    if strangers := names - KNOWN - _THEIRS:
        yield f"header fields that we do not write: {', '.join(sorted(strangers))}"
    if ("list-unsubscribe" in names) != ("list-unsubscribe-post" in names):
        yield "one List-Unsubscribe field without the other"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            if str(key).lower() not in _BODIES:
                yield from _texts(one, f"{path}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, path)


def _header_names(message: dict[str, Any]) -> list[str]:
    """Header fields as a list of names and values, or as a dictionary."""
    found = [one for key, one in message.items() if key.lower() == "headers"]
    found += [message["content"]["headers"]] if isinstance(message.get("content"), dict) else []
    names: list[str] = []
    for headers in found:
        names += headers if isinstance(headers, dict) else [one["Name"] for one in headers]
    return names
