"""App config of the project floor."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Registers the system checks, and what operators see of the project itself."""

    name = "crm"
    verbose_name = "Relay"

    def ready(self) -> None:
        from contacts import operations
        from crm import (
            checks,  # noqa: F401  # registers itself
            vitals,
        )

        operations.register_panel(
            operations.Panel("lanes", "operations_lanes", 10, seconds=5),
            operations.Panel("hour", "operations_hour", 20, seconds=60),
        )
        operations.register_metrics(vitals.metrics)
        operations.register_examination(*vitals.examinations())
