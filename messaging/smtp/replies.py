"""What a server said, and what became of a hand-over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from messaging.foreign_text import one_line

Stage = Literal["connect", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "end_of_data"]
# accepted: the server has it. deferred: it has not, try again. failed: it never will.
# uncertain: all was sent and no answer came; sending again might be sending twice.
Outcome = Literal["accepted", "deferred", "failed", "uncertain"]

# RFC 3463 section 2: class, subject, detail; at the beginning of the text (RFC 2034 section 4).
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """A code (RFC 5321 section 4.2), an enhanced code where one was given, and the server's words."""

    code: int
    text: str = ""
    enhanced: str = ""
    # Each line's words, for answers that are lists.
    lines: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """2xx, or 3xx for more."""
        return 200 <= self.code < 400

    @property
    def outcome(self) -> Outcome:
        """What a refusal means for the message: only a 5xx is for good."""
        if self.is_good:
            return "accepted"
        return "failed" if 500 <= self.code < 600 else "deferred"


@dataclass(frozen=True, slots=True)
class HandOver:
    """How a hand-over ended: where, and in the server's words. `code` is 0 where no server spoke.

    `refused` holds recipients that were turned away while others were taken.
    """

    outcome: Outcome
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""
    refused: dict[str, Reply] = field(default_factory=dict)

    @classmethod
    def of(cls, stage: Stage, reply: Reply, *, refused: dict[str, Reply] | None = None) -> HandOver:
        """The end that a reply brought."""
        return cls(reply.outcome, stage, reply.code, reply.enhanced, reply.text, refused or {})


def reply_from(lines: tuple[str, ...]) -> Reply:
    """One reply from its lines (RFC 5321 section 4.2.1). Raises ValueError for what is none."""
    code = int(lines[-1][:3])
    if not 200 <= code < 600:
        raise ValueError(f"no reply code: {lines[-1][:40]!r}")
    texts = [one_line(line[4:]) for line in lines]
    found = _ENHANCED.match(texts[-1])
    enhanced = found[1] if found else ""
    words = " ".join(text.removeprefix(enhanced).strip() for text in texts)
    return Reply(code, words[:MAX_TEXT], enhanced, tuple(texts))
