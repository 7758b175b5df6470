"""What a provider reports of a message, brought to one vocabulary. Pure; anymail has done the first half.

Anymail's "bounced" holds what is dead and what is only full. Which it is, is in each provider's own words.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

VERSION = 1

# Anymail's event types that mean something here; all others are kept and do nothing.
MEANINGFUL = frozenset(
    {"delivered", "deferred", "bounced", "rejected", "failed", "complained", "unsubscribed", "opened", "clicked"}
)


class Report(TypedDict):
    """One event as it is stored in `ProviderEvent.payload`; `raw` is the provider's own."""

    version: int
    raw: Any
    message: str
    reject_reason: str
    words: str
    agent: str
    url: str


def report_of(event: Any) -> Report:
    """A storable report of an anymail tracking event."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    return Report(
        version=VERSION,
        raw=_plain(event.esp_event),
        message=storable(metadata.get("relay", ""))[:30],
        reject_reason=storable(event.reject_reason or ""),
        words=storable(" ".join(str(part) for part in (event.description, event.mta_response) if part))[:2000],
        agent=storable(event.user_agent or "")[:300],
        url=storable(event.click_url or "")[:2000],
    )


def event_id_of(event: Any, report: Report) -> str:
    """What makes an event the same when it is reported again: the provider's id, or the whole of it."""
    if event.event_id:
        # One report of Amazon's may speak of several recipients, under one id.
        return storable(f"{event.event_type}:{event.event_id}:{event.recipient or ''}")[:200]
    raw = json.dumps(report["raw"], sort_keys=True)
    return f"{event.event_type}:{hashlib.sha256(raw.encode()).hexdigest()}"


def storable(value: object) -> str:
    """Text as a column takes it: without NUL, and without halves of surrogate pairs, which JSON may hold."""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


# RFC 3463: 5.1.x, no such mailbox, domain or path to it; 5.2.1, mailbox disabled. 5.2.2 is full, 5.7.x is about us.
_DEAD = re.compile(r"(?<![\d.])5\.(?:1\.\d{1,3}|2\.1)(?![\d.])")
_NOT_DEAD = re.compile(r"(?<![\d.])(?:4\.\d{1,3}\.\d{1,3}|5\.2\.2|5\.7\.\d{1,3})(?![\d.])")
_HARD_POSTMARK = frozenset({"HardBounce", "BadEmailAddress"})
# SparkPost's bounce classes: 10 invalid recipient, 30 generic with no recipient, 90 unsubscribe.
_HARD_SPARKPOST = frozenset({"10", "30"})


def is_hard(provider_kind: str, report: Mapping[str, Any]) -> bool:
    """Whether a bounce says that the address is dead. In doubt it does not: a wrong no costs one more mail."""
    if report["reject_reason"] == "invalid":
        return True
    raw = report["raw"] if isinstance(report["raw"], Mapping) else {}
    said = _said(provider_kind, raw)
    if said is not None:
        return said
    words = f"{report['words']}"
    return bool(_DEAD.search(words)) and not _NOT_DEAD.search(words)


def _said(provider_kind: str, raw: Mapping[str, Any]) -> bool | None:
    """The provider's own word on it, or None where it has none."""
    if provider_kind == "postmark":
        return str(raw.get("Type", raw.get("SuppressionReason"))) in _HARD_POSTMARK
    if provider_kind == "brevo":
        return str(raw.get("event")) in ("hard_bounce", "invalid_email")
    if provider_kind == "mandrill":
        return str(raw.get("event")) == "hard_bounce"
    if provider_kind == "mailersend":
        return str(raw.get("type", "")).endswith("hard_bounced")
    if provider_kind == "mailjet":
        return bool(raw.get("hard_bounce"))
    if provider_kind == "amazon_ses":
        return str(_at(raw, "bounce", "bounceType")) == "Permanent"
    if provider_kind == "resend":
        return str(_at(raw, "data", "bounce", "type")) == "Permanent"
    if provider_kind == "sparkpost":
        return str(raw.get("bounce_class", "")) in _HARD_SPARKPOST
    if provider_kind == "sendgrid" and raw.get("type") == "blocked":
        return False
    return None


def _at(raw: Mapping[str, Any], *path: str) -> Any:
    found: Any = raw
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _plain(raw: Any) -> Any:
    """Provider data as jsonb can hold it (form posts come as QueryDict; there is no NaN, no NUL in texts)."""
    if hasattr(raw, "lists"):
        raw = {name: values[0] if len(values) == 1 else values for name, values in raw.lists()}
    if isinstance(raw, Mapping):
        return {storable(name): _plain(value) for name, value in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [_plain(value) for value in raw]
    if isinstance(raw, float):
        return raw if math.isfinite(raw) else None
    if raw is None or isinstance(raw, (bool, int)):
        return raw
    return raw.isoformat() if isinstance(raw, datetime) else storable(raw)
