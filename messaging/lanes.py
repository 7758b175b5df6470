"""How the outbox stands: what waits in each lane, and since when. As cheap with a million messages as with ten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from messaging.models import Lane, MailingStats

# Mailings that are looked at in a lane, and messages of each that are counted one by one; beyond that the mailing's
# own figures say how many have not come to an end.
MOST_MAILINGS, MOST_COUNTED = 500, 100


@dataclass(frozen=True)
class LaneStanding:
    """One lane: messages waiting, and the time of the oldest that is due. Held mailings wait, and are never due."""

    key: str
    label: str
    waiting: int
    # There are more mailings than were looked at.
    at_least: bool
    oldest_due: datetime | None
    # Processes that hold messages of the lane at this moment.
    holders: int


@dataclass(frozen=True)
class Totals:
    """Figures over all mailings, from their counters."""

    sent: int
    failed: int
    uncertain: int
    suppressed: int


# For each lane a loose scan of the index `message_due`, as the claim does it (messaging.outbox.claim): one probe for
# each mailing that waits, whatever the number of its messages. Each probe is ordered by all of that index, so that the
# planner, whose statistics are old in the middle of a blast, has no other way that looks as cheap.
_STANDING = """
    SELECT lane.key,
           coalesce(sum(found.waiting), 0)::bigint,
           count(found.waiting) > %(mailings)s,
           min(found.due) FILTER (WHERE found.due <= now()),
           (SELECT count(DISTINCT claim.worker) FROM messaging_claim AS claim
            WHERE claim.lane = lane.key AND claim.leased_until > now())
    FROM unnest(%(lanes)s::text[]) AS lane (key)
    LEFT JOIN LATERAL (
        WITH RECURSIVE waiting (mailing_id) AS (
            (SELECT message.mailing_id FROM messaging_message AS message
             WHERE message.lane = lane.key AND message.state IN ('queued', 'deferred')
             ORDER BY message.mailing_id, message.not_before, message.id LIMIT 1)
            UNION ALL
            SELECT (SELECT message.mailing_id FROM messaging_message AS message
                    WHERE message.lane = lane.key AND message.state IN ('queued', 'deferred')
                      AND message.mailing_id > waiting.mailing_id
                    ORDER BY message.mailing_id, message.not_before, message.id LIMIT 1)
            FROM waiting WHERE waiting.mailing_id IS NOT NULL
        )
        SELECT CASE WHEN counted.few < %(counted)s THEN counted.few
                    ELSE greatest(counted.few, stats.recipients::bigint - stats.sent - stats.failed - stats.suppressed
                                               - stats.cancelled - stats.uncertain) END AS waiting,
               CASE WHEN mailing.held_at IS NULL AND mailing.cancelled_at IS NULL THEN first.not_before END AS due
        FROM (SELECT mailing_id FROM waiting WHERE mailing_id IS NOT NULL LIMIT %(mailings)s + 1) AS one
        JOIN messaging_mailing AS mailing ON mailing.id = one.mailing_id
        JOIN messaging_mailingstats AS stats ON stats.mailing_id = one.mailing_id
        CROSS JOIN LATERAL (
            SELECT message.not_before FROM messaging_message AS message
            WHERE message.lane = lane.key AND message.state IN ('queued', 'deferred')
              AND message.mailing_id = one.mailing_id
            ORDER BY message.not_before, message.id LIMIT 1
        ) AS first
        CROSS JOIN LATERAL (
            SELECT count(*) AS few FROM (
                SELECT FROM messaging_message AS message
                WHERE message.lane = lane.key AND message.state IN ('queued', 'deferred')
                  AND message.mailing_id = one.mailing_id
                ORDER BY message.not_before, message.id LIMIT %(counted)s
            ) AS first_ones
        ) AS counted
    ) AS found ON true
    GROUP BY lane.key
"""


def lane_standings() -> list[LaneStanding]:
    """All lanes in the order of their urgency, in one query, by the database's clock."""
    keys = [str(lane.value) for lane in Lane]
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"lanes": keys, "mailings": MOST_MAILINGS, "counted": MOST_COUNTED})
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [LaneStanding(key, str(Lane(key).label), *found[key]) for key in keys]


def totals() -> Totals:
    """What became of all mail so far."""
    names = ("sent", "failed", "uncertain", "suppressed")
    found = MailingStats.objects.aggregate(**{name: Sum(name) for name in names})
    return Totals(**{name: found[name] or 0 for name in names})
