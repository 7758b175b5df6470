"""A campaign's figures as people read them: counts, shares, progress. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from messaging.models import MailingStats


@dataclass(frozen=True)
class Figures:
    """The counters of `MailingStats`, with what follows from them."""

    recipients: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    suppressed: int = 0
    cancelled: int = 0
    uncertain: int = 0
    opened: int = 0
    clicked: int = 0
    opens_total: int = 0
    clicks_total: int = 0
    machine_opens: int = 0
    machine_clicks: int = 0
    replied: int = 0
    bounced_hard: int = 0
    bounced_soft: int = 0
    unsubscribed: int = 0
    complained: int = 0
    # Failures that are no bounce (policy, a broken template): not a counter, given where it matters.
    failed_otherwise: int = 0

    @classmethod
    def of(cls, stats: MailingStats | None) -> Figures:
        """The figures of a mailing; all nought before its first message."""
        names = [field.name for field in fields(cls) if field.name != "failed_otherwise"]
        return cls(**{name: getattr(stats, name) for name in names}) if stats else cls()

    @property
    def done(self) -> int:
        """Messages that have come to an end."""
        return self.sent + self.failed + self.suppressed + self.cancelled + self.uncertain

    @property
    def remaining(self) -> int:
        """Messages that are still to go."""
        return max(0, self.recipients - self.done)

    @property
    def bounced(self) -> int:
        """Messages that came back."""
        return self.bounced_hard + self.bounced_soft

    @property
    def reached(self) -> int:
        """Messages that arrived, as far as is known: handed over and not come back."""
        # A bounce at hand-over was never counted as sent; one that came later was.
        returned = max(0, self.bounced - (self.failed - self.failed_otherwise))
        return max(self.delivered, self.sent - returned, 0)

    def share(self, count: int) -> float | None:
        """A count as a share of the messages that arrived; None where none did."""
        return count / self.reached if self.reached else None

    @property
    def open_rate(self) -> float | None:
        """Unique opens by people, of what arrived."""
        return self.share(self.opened)

    @property
    def click_rate(self) -> float | None:
        """Unique clicks by people, of what arrived."""
        return self.share(self.clicked)

    @property
    def click_to_open(self) -> float | None:
        """Of those who opened, how many clicked."""
        return self.clicked / self.opened if self.opened else None
