"""What automations tell operators: metrics, and what `manage.py doctor` asks of them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from automations.models import Enrollment
from contacts.operations import Examination, Finding, ok, problem

MOST_COUNTED = 1000


def failed_runs() -> int:
    """How many runs have failed and stand so; counted to a thousand, by the index of each automation."""
    return Enrollment.objects.failed().order_by()[:MOST_COUNTED].count()


def metrics() -> Iterator[Metric]:
    """Runs that failed."""
    yield GaugeMetricFamily(
        "relay_automation_runs_failed",
        f"Runs that failed and stand so, counted to {MOST_COUNTED}.",
        value=failed_runs(),
    )


def _examine() -> Iterator[Finding]:
    if not (count := failed_runs()):
        yield ok("No run of an automation has failed.")
        return
    last = Enrollment.objects.failed().select_related("automation").order_by("-id").first()
    words = f" The last, of “{last.automation}”: {last.error[:200]}" if last else ""
    yield problem(
        f"{count} runs of automations have failed.{words}", "Mend what the error says, then press Retry on Operations."
    )


EXAMINATIONS = (Examination("automations", "Automations", _examine, order=76),)
