"""Opens and clicks of a campaign over time, in one query over its own messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

# The first open and click of each message, so that the lines add up to the unique figures. Both indexes are partial:
# they hold only messages that were opened or clicked.
_FIRSTS = """
    SELECT at, sum(opens)::int, sum(clicks)::int FROM (
        SELECT date_trunc(%(step)s, opened_at, 'UTC') AS at, count(*) AS opens, 0 AS clicks
        FROM messaging_message WHERE mailing_id = %(mailing)s AND opened_at IS NOT NULL GROUP BY 1
        UNION ALL
        SELECT date_trunc(%(step)s, clicked_at, 'UTC'), 0, count(*)
        FROM messaging_message WHERE mailing_id = %(mailing)s AND clicked_at IS NOT NULL GROUP BY 1
    ) AS firsts GROUP BY at ORDER BY at
"""
HOURLY_FOR = timedelta(days=3)
MOST_POINTS = 100


def timeline(mailing_id: int, *, began: datetime, now: datetime) -> dict[str, Any] | None:
    """The chart's data: unique opens and clicks an hour in the first three days, a day afterwards; None for none."""
    hourly = now - began <= HOURLY_FOR
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_FIRSTS, {"step": "hour" if hourly else "day", "mailing": mailing_id})
        found = {at: (opens, clicks) for at, opens, clicks in cursor.fetchall()}
    if not found:
        return None
    moments = _moments(min(found), max(found), step)
    return {
        "labels": [_label(moment, hourly=hourly) for moment in moments],
        "series": [
            {"label": _("Opens"), "values": [found.get(moment, (0, 0))[0] for moment in moments], "tone": "indigo"},
            {"label": _("Clicks"), "values": [found.get(moment, (0, 0))[1] for moment in moments], "tone": "azure"},
        ],
    }


def _moments(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Every step between the first and the last, with a few after it; at most MOST_POINTS."""
    steps = min(max((last - first) // step, 5), MOST_POINTS - 1)
    return [first + step * number for number in range(steps + 1)]


def _label(moment: datetime, *, hourly: bool) -> str:
    return date_format(localtime(moment), "j M H:i" if hourly else "j M")
