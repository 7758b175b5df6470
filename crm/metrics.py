"""/metrics in Prometheus' format: read from the database and Redis at the moment they are asked for.

Nothing is counted in a process' memory, so any number of web and worker processes, on any number of machines, give the
same figures, and one of them is enough to scrape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import redis
import structlog
from django.db import DatabaseError, InterfaceError
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from contacts import operations
from crm import health

log = structlog.get_logger(__name__)


class _AllApps:
    """prometheus_client's kind of collector."""

    def collect(self) -> Iterator[Metric]:
        """What every app has to say, and which parts answer."""
        state = health.look()
        up = GaugeMetricFamily("relay_up", "1 when a part of the installation answers.", labels=["part"])
        up.add_metric(["database"], state.database)
        up.add_metric(["broker"], state.broker)
        yield up
        failed = 0
        for collect in operations.collectors():
            try:
                found = list(collect())
            except (DatabaseError, InterfaceError, redis.RedisError) as error:
                # One server that is away must not hide what the other knows.
                log.warning("metrics_not_collected", collector=_name(collect), error=type(error).__name__)
                failed += 1
            else:
                yield from found
        yield GaugeMetricFamily(
            "relay_metrics_missing", "Groups of metrics that are missing since a server did not answer.", value=failed
        )


def exposition(accept: str) -> tuple[bytes, str]:
    """All metrics in the format that the scraper asks for, and its content type."""
    registry = CollectorRegistry()
    registry.register(_AllApps())
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _name(collect: Callable[[], Iterable[Metric]]) -> str:
    return f"{collect.__module__}.{getattr(collect, '__name__', '?')}"
