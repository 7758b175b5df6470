"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "deals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from contacts import activity
        from deals.kinds import KINDS

        activity.register(*KINDS)
