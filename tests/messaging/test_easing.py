"""A provider that asks for less gets less: of all workers together, and soon."""

from __future__ import annotations

import pytest

from messaging import rates
from messaging.models import Message
from messaging.tasks import nudge
from tests.fixtures.processes import Workers, wait_until
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts
from tests.messaging.counting import is_settled, none_lost_none_doubled
from tests.messaging.quick_sink import QuickSink

RECIPIENTS = 600


@pytest.mark.stack
def test_open_connections_are_halved_over_all_workers_while_the_provider_is_eased(
    celery_workers: Workers, quick_sink: QuickSink
) -> None:
    quick_sink.thinks = 0.2
    provider = blasts.smtp_provider(quick_sink, max_connections=9)
    mailing = blasts.blast(RECIPIENTS)
    for name in ("worker-a", "worker-b"):
        celery_workers.start_lanes(["campaign"], processes=1, name=name)
    nudge("campaign")
    wait_until(lambda: len(quick_sink.transports) == 8, what="that all connections are open")
    rates.ease_off(provider.pk)
    wait_until(lambda: len(quick_sink.transports) <= 4, what="that half of them are closed")
    assert Message.objects.filter(state="queued").exists(), "they were closed because nothing was left to do"
    quick_sink.thinks = 0.0
    wait_until(is_settled, what="the end of the blast")
    none_lost_none_doubled(quick_sink, mailing, recipients=RECIPIENTS)


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_closed_after_as_many_messages_as_its_provider_wants(smtp_server: SmtpServer) -> None:
    from messaging.outbox.drain import drain_lane

    provider = blasts.smtp_provider(smtp_server, max_connections=2)
    provider.config = {**provider.config, "messages_per_connection": 10}
    provider.save()
    mailing = blasts.blast(95)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 95}
    assert smtp_server.connections >= 10
