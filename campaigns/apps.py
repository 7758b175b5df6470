"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from campaigns import vitals
        from campaigns.contact_filters import REASON
        from campaigns.kinds import KINDS
        from campaigns.palette import find_campaigns
        from contacts import activity, filters, operations, palette

        activity.register(*KINDS)
        filters.register(REASON)
        palette.register(
            palette.Source("campaigns", _("Campaigns"), "send", find_campaigns, permission="campaigns.view", order=30)
        )
        operations.register_panel(operations.Panel("campaigns", "campaigns:operations_paused", 50, is_half=True))
        operations.register_metrics(vitals.metrics)
        operations.register_examination(*vitals.EXAMINATIONS)
