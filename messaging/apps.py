"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from contacts import activity, filters, operations, panels
        from messaging import (
            checks,  # noqa: F401  # being imported registers them
            vitals,
        )
        from messaging.examining import EXAMINATIONS
        from messaging.handlers import ask_to_confirm
        from messaging.kinds import KINDS
        from messaging.record_panels import FILTERS, PANELS

        activity.register(*KINDS)
        activity.listen("list.requested", ask_to_confirm)
        panels.register(*PANELS)
        filters.register(*FILTERS)
        operations.register_panel(
            operations.Panel("providers", "messaging:operations_providers", 30, seconds=5),
            operations.Panel("uncertain", "messaging:operations_uncertain", 40),
        )
        operations.register_lanes(vitals.lane_states)
        operations.register_metrics(vitals.metrics)
        operations.register_metrics(vitals.metrics_of_redis)
        operations.register_examination(*EXAMINATIONS)
