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
        SELECT date_trunc('hour', opened_at, 'UTC') AS at, count(*) AS opens, 0 AS clicks
        FROM messaging_message WHERE mailing_id = %(mailing)s AND opened_at IS NOT NULL GROUP BY 1
        UNION ALL
        SELECT date_trunc('hour', clicked_at, 'UTC'), 0, count(*)
        FROM messaging_message WHERE mailing_id = %(mailing)s AND clicked_at IS NOT NULL GROUP BY 1
    ) AS firsts GROUP BY at ORDER BY at
"""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY_FOR = 3 * DAY
MOST_POINTS = 100
Counts = dict[datetime, tuple[int, int]]


def timeline(mailing_id: int) -> dict[str, Any] | None:
    """The chart's data: unique opens and clicks an hour while they span three days, then a day; None for none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRSTS, {"mailing": mailing_id})
        found = {at: (opens, clicks) for at, opens, clicks in cursor.fetchall()}
    if not found:
        return None
    hourly = max(found) - min(found) <= HOURLY_FOR
    if not hourly:
        found = _by_day(found)
    moments = _moments(min(found), max(found), HOUR if hourly else DAY)
    return {
        "labels": [_label(moment, hourly=hourly) for moment in moments],
        "series": [
            {"label": _("Opens"), "values": [found.get(moment, (0, 0))[0] for moment in moments], "tone": "indigo"},
            {"label": _("Clicks"), "values": [found.get(moment, (0, 0))[1] for moment in moments], "tone": "azure"},
        ],
    }


def _by_day(hours: Counts) -> Counts:
    days: Counts = {}
    for at, (opens, clicks) in hours.items():
        day = at.replace(hour=0)
        before = days.get(day, (0, 0))
        days[day] = (before[0] + opens, before[1] + clicks)
    return days


def _moments(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Every step between the first and the last, at most MOST_POINTS; with a few before it where that makes no line."""
    first = min(first, last - 5 * step)
    steps = min((last - first) // step, MOST_POINTS - 1)
    return [first + step * number for number in range(steps + 1)]


def _label(moment: datetime, *, hourly: bool) -> str:
    return date_format(localtime(moment), "j M H:i" if hourly else "j M")
