"""What campaigns tell operators: metrics, and what `manage.py doctor` asks of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, QuerySet
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from campaigns.models import Campaign
from contacts.operations import Examination, Finding, ok, problem

UNDER_WAY = (Campaign.Status.SCHEDULED, Campaign.Status.SENDING, Campaign.Status.PAUSED)


def paused_by_themselves() -> QuerySet[Campaign]:
    """Campaigns that stopped since going on would harm the sender's name (campaigns.limits)."""
    found: QuerySet[Campaign] = Campaign.objects.filter(status=Campaign.Status.PAUSED).exclude(notice="")
    return found


def metrics() -> Iterator[Metric]:
    """Campaigns under way."""
    counts = dict(Campaign.objects.filter(status__in=UNDER_WAY).values_list("status").annotate(Count("pk")))
    by_status = GaugeMetricFamily("relay_campaigns", "Campaigns under way, by status.", labels=["status"])
    for status in UNDER_WAY:
        by_status.add_metric([str(status.value)], counts.get(status, 0))
    yield by_status
    yield GaugeMetricFamily(
        "relay_campaigns_paused_by_themselves",
        "Campaigns that stopped by themselves: too many hard bounces or complaints.",
        value=paused_by_themselves().count(),
    )


def _examine() -> Iterator[Finding]:
    paused = list(paused_by_themselves()[:5])
    for campaign in paused:
        yield problem(
            f"The campaign “{campaign.name}” has stopped. {campaign.notice}",
            "Find out where its list comes from; then resume or cancel it on its page.",
        )
    if not paused:
        yield ok("No campaign has paused by itself.")


EXAMINATIONS = (Examination("campaigns", "Campaigns", _examine, order=75),)
