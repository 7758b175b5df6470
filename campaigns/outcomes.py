"""What became of a campaign's messages that did not go out: how many, by the reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, TextField, Value
from django.db.models.functions import Coalesce, NullIf

from messaging.models import Message


@dataclass(frozen=True)
class Reason:
    """A reason and how many messages it kept from being delivered. `words`: in short, or the server's own."""

    state: str
    state_label: str
    code: str
    words: str
    count: int


def reasons(mailing_id: int) -> list[Reason]:
    """Failed, suppressed and uncertain messages by reason, the most frequent first; at most 50."""
    rows = (
        Message.objects.filter(mailing_id=mailing_id, state__in=["failed", "suppressed", "uncertain"])
        .values_list("state", "reason")
        .annotate(
            n=Count("pk"), example=Max(Coalesce(NullIf("error", Value("")), "route_reason", output_field=TextField()))
        )
        .order_by("-n")[:50]
    )
    return [
        Reason(state, str(Message.State(state).label), code, _words(code, example), count)
        for state, code, count, example in rows
    ]


def _words(code: str, example: str) -> str:
    words = example or code.replace("_", " ").capitalize()
    return words if len(words) <= 200 else words[:199] + "…"


def waiting(mailing_id: int) -> dict[str, int]:
    """How many messages are being sent, and how many are deferred: small numbers, each by an index."""
    rows = Message.objects.filter(mailing_id=mailing_id, state__in=["sending", "deferred"])
    return dict(rows.order_by().values_list("state").annotate(n=Count("pk")))


def failed_otherwise(mailing_id: int) -> int:
    """How many messages failed without their address having bounced."""
    return Message.objects.filter(mailing_id=mailing_id, state="failed", bounce_kind="").count()
