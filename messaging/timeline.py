"""What happened to one message, in order: its times, each try with the server's words, opens and clicks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from messaging.models import Attempt, Hit, Message

# Tones of UI.md: green good, indigo under way, orange warning, red failed, grey off.
STATE_TONES = {
    "queued": "indigo",
    "sending": "indigo",
    "sent": "green",
    "delivered": "green",
    "deferred": "orange",
    "failed": "red",
    "suppressed": "grey",
    "cancelled": "grey",
    "uncertain": "orange",
}
VERDICTS: dict[str, StrPromise] = {
    "apple_privacy": gettext_lazy("Apple's privacy proxy"),
    "google_proxy": gettext_lazy("Google's image proxy"),
    "yahoo_proxy": gettext_lazy("Yahoo's image proxy"),
    "scanner": gettext_lazy("a scanner, by its name"),
    "too_soon": gettext_lazy("within seconds of sending"),
    "burst": gettext_lazy("several links at one instant"),
    "hidden_link": gettext_lazy("followed a link that people cannot see"),
    "head_request": gettext_lazy("asked for the head only"),
    "no_agent": gettext_lazy("without a name"),
    "provider": gettext_lazy("the provider says so"),
}
_OUTCOMES = {
    "accepted": (gettext_lazy("Accepted"), "green", "circle-check"),
    "deferred": (gettext_lazy("Put off"), "orange", "clock"),
    "failed": (gettext_lazy("Refused"), "red", "circle-x"),
    "uncertain": (gettext_lazy("No answer"), "orange", "question-mark"),
    "resolved": (gettext_lazy("Settled by hand"), "indigo", "user-check"),
}


@dataclass(frozen=True)
class Step:
    """One line of the timeline."""

    at: datetime
    words: str
    tone: str = "grey"
    icon: str = "circle"
    note: str = ""


def tone_of(message: Message) -> str:
    """The tone of a message's state."""
    return "red" if message.bounced_at or message.complained_at else STATE_TONES.get(message.state, "grey")


def timeline(message: Message, attempts: Iterable[Attempt]) -> list[Step]:
    """Every step in the order of time."""
    steps = [Step(message.queued_at, _("Queued"), "indigo", "inbox"), *(_attempt(one) for one in attempts)]
    for at, words, tone, icon, note in _times(message):
        if at is not None:
            steps.append(Step(at, words, tone, icon, note))
    return sorted(steps, key=lambda step: step.at)


def split_hits(hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """People's hits, and machines'."""
    return [hit for hit in hits if not hit.is_machine], [hit for hit in hits if hit.is_machine]


def _times(message: Message) -> list[tuple[datetime | None, str, str, str, str]]:
    bounce = _("Bounced for good") if message.bounce_kind == "hard" else _("Bounced")
    return [
        (message.sent_at, _("Sent"), "green", "send", ""),
        (message.delivered_at, _("Delivered"), "green", "mail-check", ""),
        (message.opened_at, _("First opened"), "green", "mail-opened", ""),
        (message.clicked_at, _("First clicked"), "azure", "click", ""),
        (message.replied_at, _("Answered"), "purple", "message-reply", ""),
        (message.bounced_at, bounce, "red", "mail-x", message.error),
        (message.complained_at, _("Marked as spam"), "red", "alert-triangle", ""),
        (message.unsubscribed_at, _("Unsubscribed"), "orange", "user-minus", ""),
    ]


def _attempt(attempt: Attempt) -> Step:
    words, tone, icon = _OUTCOMES.get(attempt.outcome, (attempt.outcome, "grey", "circle"))
    code = " ".join(str(part) for part in (attempt.code, attempt.enhanced, attempt.text) if part)
    by = _("by %(name)s") % {"name": attempt.provider.name} if attempt.provider else ""
    return Step(attempt.at, f"{words} {by}".strip(), tone, icon, code)
