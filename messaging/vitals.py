"""What messaging tells operators: how its lanes stand, and its metrics. What `doctor` asks is in `examining`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from redis import RedisError

from contacts.operations import LaneState, database_now
from messaging import pulse, rates
from messaging.lanes import lane_standings
from messaging.models import Claim, DkimKey, Message, Provider, ProviderEvent

# Nobody needs to know how many thousands; counting on would read the table.
MOST_COUNTED = 10_000


def capped(rows: QuerySet[Any], most: int = MOST_COUNTED) -> int:
    """How many rows, counted to `most` + 1 at most."""
    return rows.order_by()[: most + 1].count()


def uncertain() -> QuerySet[Message]:
    """Messages that a person has to settle; read from the index of what went wrong."""
    found: QuerySet[Message] = Message.objects.filter(state=Message.State.UNCERTAIN)
    return found


def expired_claims() -> QuerySet[Claim]:
    """Claims of workers that are taken for dead and that no sweep has judged yet."""
    return Claim.objects.filter(leased_until__lt=Now())


def lane_states() -> Iterator[LaneState]:
    """The four lanes of the outbox. Without Redis they have no rates."""
    seen = _pulse()
    for one in lane_standings():
        yield LaneState(
            one.key,
            one.label,
            one.waiting,
            one.at_least,
            one.oldest_due,
            rate=seen.rate(lane=one.key) if seen else None,
            minutes=[_accepted(minute, one.key) for minute in seen.minutes] if seen else [],
            holders=one.holders,
            url=f"{reverse('messaging:outbox')}?lane={one.key}",
        )


def _pulse() -> pulse.Pulse | None:
    try:
        return pulse.read()
    except RedisError:
        return None


def _accepted(counts: Iterable[pulse.Count], lane: str) -> int:
    return sum(one.count for one in counts if one.lane == lane and one.outcome == "accepted")


def metrics() -> Iterator[Metric]:
    """Lanes, troubles and providers, from the database."""
    now = database_now()
    waiting = GaugeMetricFamily("relay_messages_waiting", "Messages that wait in a lane.", labels=["lane"])
    age = GaugeMetricFamily(
        "relay_messages_oldest_due_age_seconds",
        "How long the oldest message that may be sent has been due; 0 when none is.",
        labels=["lane"],
    )
    for one in lane_standings():
        waiting.add_metric([one.key], one.waiting)
        age.add_metric([one.key], (now - one.oldest_due).total_seconds() if one.oldest_due else 0)
    yield from (waiting, age)
    yield GaugeMetricFamily(
        "relay_messages_uncertain",
        f"Messages that a person has to settle, counted to {MOST_COUNTED:,}.",
        value=capped(uncertain()),
    )
    yield GaugeMetricFamily(
        "relay_claims_expired", "Batches of dead workers that no sweep has judged yet.", value=expired_claims().count()
    )
    yield GaugeMetricFamily(
        "relay_provider_events_unapplied",
        f"Reports of providers that are stored and not applied, counted to {MOST_COUNTED:,}.",
        value=capped(ProviderEvent.objects.filter(applied_at=None)),
    )
    yield GaugeMetricFamily(
        "relay_dkim_records_missing",
        "Keys that sign mail and whose record was not found in DNS when it was looked for last.",
        value=DkimKey.objects.filter(state=DkimKey.State.ACTIVE, record_found=False).count(),
    )
    yield from _providers(list(Provider.objects.all()))


def _providers(providers: list[Provider]) -> Iterator[Metric]:
    def family(name: str, words: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"relay_provider_{name}", words, labels=["provider"])

    active = family("active", "1 when mail may leave by the provider, 0 when it is switched off.")
    paused = family("paused", "1 while a person has paused the provider.")
    limit = family("connections_limit", "Connections that all workers together may hold.")
    failed = family("last_error_timestamp_seconds", "When the provider last refused or could not be reached.")
    for one in providers:
        active.add_metric([one.name], one.is_active)
        paused.add_metric([one.name], one.paused_at is not None)
        limit.add_metric([one.name], one.max_connections)
        if one.last_error_at:
            failed.add_metric([one.name], one.last_error_at.timestamp())
    yield from (active, paused, limit, failed)


def metrics_of_redis() -> Iterator[Metric]:
    """What was answered, and how the providers stand with their limits. Needs both servers."""
    names = dict(Provider.objects.values_list("pk", "name"))
    answers = CounterMetricFamily(
        "relay_messages_answered",
        "Hand-overs by how they ended: accepted, deferred, failed, uncertain (the server's answer, by code), "
        "unsendable (could not be built), suppressed (must not be sent). Starts anew with an empty Redis.",
        labels=["lane", "provider", "outcome", "code"],
    )
    for one in pulse.totals():
        provider = names.get(one.provider_id) or (f"removed {one.provider_id}" if one.provider_id else "")
        answers.add_metric([one.lane, provider, one.outcome, str(one.code or "")], one.count)
    yield answers
    held = GaugeMetricFamily("relay_provider_connections", "Connections that workers hold now.", labels=["provider"])
    eased = GaugeMetricFamily(
        "relay_provider_eased_off", "1 while the provider, having asked for less, gets half.", labels=["provider"]
    )
    resting = GaugeMetricFamily(
        "relay_provider_resting", "1 while the provider, unreachable, is left alone.", labels=["provider"]
    )
    for provider_id, standing in rates.standings(names).items():
        held.add_metric([names[provider_id]], standing.connections)
        eased.add_metric([names[provider_id]], standing.eased_for > 0)
        resting.add_metric([names[provider_id]], standing.resting_for > 0)
    yield from (held, eased, resting)
