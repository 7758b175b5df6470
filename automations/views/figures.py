"""Counts of runs, each in one grouped query."""

from __future__ import annotations

from django.db.models import Count

from automations.models import Automation, Enrollment


def waiting_by_step(automation: Automation) -> dict[str, int]:
    """How many contacts are at each step, by step id."""
    active = Enrollment.objects.filter(automation=automation, state=Enrollment.State.ACTIVE)
    return dict(active.values_list("step_id").annotate(Count("id")).order_by())


def run_figures(automation: Automation) -> dict[str, int]:
    """How many runs are in each state; every state is there."""
    counted = dict(
        Enrollment.objects.filter(automation=automation).values_list("state").annotate(Count("id")).order_by()
    )
    return {state: counted.get(state, 0) for state in Enrollment.State.values}
