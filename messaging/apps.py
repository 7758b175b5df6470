"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from contacts import activity, filters, panels
        from messaging import checks  # noqa: F401  # being imported registers them
        from messaging.handlers import ask_to_confirm
        from messaging.kinds import KINDS
        from messaging.record_panels import FILTERS, PANELS

        activity.register(*KINDS)
        activity.listen("list.requested", ask_to_confirm)
        panels.register(*PANELS)
        filters.register(*FILTERS)
