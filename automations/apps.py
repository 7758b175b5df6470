"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationsConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "automations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets: activity kinds, listeners, panels."""
        from automations import vitals
        from automations.handlers import on_activity
        from automations.kinds import KINDS
        from automations.triggers import KINDS as TRIGGER_KINDS
        from contacts import activity, operations, panels

        activity.register(*KINDS)
        for kind in TRIGGER_KINDS.values():
            activity.listen(kind.activity_kind, on_activity)
        panels.register(
            panels.Panel(
                "automations",
                _("Automations"),
                "contact",
                "tab",
                "automations:contact_tab",
                order=60,
                icon="git-branch",
                permission="automations.view",
            ),
            panels.Panel(
                "automations",
                _("Automations"),
                "contact",
                "side",
                "automations:contact_side",
                order=60,
                permission="automations.view",
            ),
        )
        operations.register_panel(operations.Panel("runs", "automations:operations_runs", 80, is_half=True))
        operations.register_metrics(vitals.metrics)
        operations.register_examination(*vitals.EXAMINATIONS)
