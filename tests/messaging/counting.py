"""What the SMTP server accepted, counted against the table, recipient by recipient."""

from __future__ import annotations

from collections import Counter

from messaging.models import Claim, Mailing, Message
from tests.messaging import blasts
from tests.messaging.quick_sink import QuickSink


def is_settled() -> bool:
    """Whether no message will be tried any more, and nobody holds a claim."""
    return not (Message.objects.filter(state__in=Message.OPEN).exists() or Claim.objects.exists())


def none_lost_none_doubled(
    sink: QuickSink, mailing: Mailing, *, recipients: int, uncertain_at_most: int = 0
) -> dict[str, int]:
    """Hold what arrived against the table; returns how many messages are in each state.

    What was accepted is marked as sent, or as uncertain where that is allowed; what is marked as sent was accepted,
    once; the mailing's figures and the attempts say the same as the messages.
    """
    accepted = Counter(sink.accepted)
    messages = dict(Message.objects.filter(mailing=mailing).values_list("address", "state"))
    told = blasts.states(mailing)
    assert len(messages) == recipients
    assert {address: count for address, count in accepted.items() if count > 1} == {}, f"sent twice; {told}"
    assert set(accepted) <= set(messages)
    sent = {address for address, state in messages.items() if state == "sent"}
    assert not sent - set(accepted), "marked as sent, and never arrived"
    unknown = {address for address, state in messages.items() if state == "uncertain"}
    assert not set(accepted) - sent - unknown, f"arrived, and neither marked as sent nor uncertain; {told}"
    assert set(told) <= {"sent", "uncertain"}, told
    assert len(unknown) <= uncertain_at_most, told
    mailing.stats.refresh_from_db()
    assert (mailing.stats.sent, mailing.stats.uncertain) == (len(sent), len(unknown))
    assert Message.objects.filter(mailing=mailing).exclude(answer="").count() == len(sent)
    assert not Claim.objects.exists()
    return told
