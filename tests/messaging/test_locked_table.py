"""A table that somebody else has locked, in the middle of a blast."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from messaging.tasks import nudge
from tests.fixtures.processes import Workers, wait_until
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

RECIPIENTS = 600


@pytest.mark.stack
@pytest.mark.parametrize("table", ["messaging_message", "messaging_claim", "contacts_activity"])
def test_a_table_that_is_locked_in_mid_blast_is_waited_for(
    celery_workers: Workers, quick_sink: QuickSink, table: str
) -> None:
    quick_sink.thinks = 0.02
    blasts.smtp_provider(quick_sink)
    mailing = blasts.blast(RECIPIENTS)
    celery_workers.start_lanes(["campaign"], processes=2)
    nudge("campaign")
    wait_until(lambda: len(quick_sink.accepted) > 50, what="that the blast is under way")
    names = {name: connection.settings_dict[name.upper()] for name in ("host", "user")}
    with psycopg.connect(dbname=connection.settings_dict["NAME"], **names) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        wait_until(lambda: _somebody_waits(), what="that a worker meets the lock")
        other.rollback()
    quick_sink.thinks = 0.0
    wait_until(is_settled, what="the end of the blast")
    none_lost_none_doubled(quick_sink, mailing, recipients=RECIPIENTS)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
