"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from contacts import activity, bulk, jobs, operations, palette, streams, vitals
        from contacts.imports.kind import IMPORT
        from contacts.kinds import KINDS

        activity.register(*KINDS)
        activity.register_stream("contact", streams.of_contact)
        activity.register_stream("account", streams.of_account)
        jobs.register(bulk.KIND, IMPORT)
        palette.register(*palette.SOURCES)
        operations.register_panel(
            operations.Panel("jobs", "contacts:operations_jobs", 60, is_half=True),
            operations.Panel("handovers", "contacts:operations_handovers", 70, is_half=True),
        )
        operations.register_lanes(vitals.lane_states)
        operations.register_metrics(vitals.metrics)
        operations.register_examination(*vitals.EXAMINATIONS)
