"""What the ground floor tells operators: its two lanes, metrics, and what `manage.py doctor` asks of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Min, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from contacts import handover
from contacts.models import Activity, Job
from contacts.operations import Examination, Finding, LaneState, database_now, ok, problem

# Failures beyond this many are not counted one by one.
MOST_COUNTED = 1000
WAITING = (Job.State.QUEUED, Job.State.RUNNING)


def lane_states() -> Iterator[LaneState]:
    """Hand-overs of activity, and jobs. Both are read from partial indexes that hold only what is due."""
    due = Activity.objects.filter(due_at__isnull=False)
    waiting = due.order_by()[: MOST_COUNTED + 1].count()
    oldest = due.filter(due_at__lte=Now()).order_by("due_at").values_list("due_at", flat=True).first()
    yield LaneState("activity", _("Activity"), min(waiting, MOST_COUNTED), waiting > MOST_COUNTED, oldest)
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    jobs = Job.objects.filter(state__in=WAITING)
    yield LaneState(
        "default",
        _("Jobs"),
        jobs.count(),
        oldest_due=jobs.filter(free).aggregate(at=Min("created_at"))["at"],
        holders=jobs.filter(state=Job.State.RUNNING, leased_until__gt=Now()).count(),
        url=reverse("contacts:jobs"),
    )


def failed_jobs() -> int:
    """How many jobs have failed and were neither restarted nor cancelled since; counted to a thousand."""
    return Job.objects.filter(state=Job.State.FAILED).order_by()[:MOST_COUNTED].count()


def failed_handovers() -> int:
    """How many entries of the log some listener failed on and still has to hear; counted to a thousand."""
    return handover.failed().order_by()[:MOST_COUNTED].count()


def metrics() -> Iterator[Metric]:
    """Jobs and hand-overs."""
    now = database_now()
    activity, jobs = lane_states()
    yield GaugeMetricFamily("relay_jobs_waiting", "Jobs that wait or run.", value=jobs.waiting)
    yield GaugeMetricFamily("relay_jobs_failed", "Jobs that failed and stand so.", value=failed_jobs())
    yield GaugeMetricFamily(
        "relay_handovers_waiting", f"Activity to be handed over, counted to {MOST_COUNTED}.", value=activity.waiting
    )
    yield GaugeMetricFamily(
        "relay_handovers_failed", "Activity that a listener failed on; tried again by itself.", value=failed_handovers()
    )
    yield GaugeMetricFamily(
        "relay_handovers_oldest_due_age_seconds",
        "How long the oldest hand-over has been due; 0 when none is.",
        value=(now - activity.oldest_due).total_seconds() if activity.oldest_due else 0,
    )


def _examine_jobs() -> Iterator[Finding]:
    if not (count := failed_jobs()):
        yield ok("No job has failed.")
        return
    last = Job.objects.filter(state=Job.State.FAILED).order_by("-finished_at").first()
    words = f" The last: {last.title}: {last.error[:200]}" if last else ""
    yield problem(f"{count} jobs have failed.{words}", "Look at Operations, mend what they say, and press Retry.")


def _examine_handovers() -> Iterator[Finding]:
    if not (count := failed_handovers()):
        yield ok("Every event was handled, or is waiting for its first try.")
        return
    last = handover.failed().first()
    words = f" The last: {last.kind}: {last.error[:200]}" if last else ""
    yield problem(
        f"{count} events could not be handled.{words}",
        "They are tried again by themselves, daily at last. Mend what the error says, then press Retry on Operations.",
    )


EXAMINATIONS = (
    Examination("jobs", "Jobs", _examine_jobs, order=70),
    Examination("handovers", "Events", _examine_handovers, order=71),
)
