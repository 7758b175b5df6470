"""The app's place in Django, and what it plugs into sockets of the floors below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    """Registers the app's vocabulary."""

    name = "deals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug into the sockets."""
        from contacts import activity, palette
        from deals import kinds, streams
        from deals.palette import SOURCE

        activity.register(*kinds.KINDS)
        activity.register_stream("deal", streams.of_deal)
        palette.register(SOURCE)
        self.add_panels()

    def add_panels(self) -> None:
        """Deals on the pages of contacts and accounts."""
        from contacts.panels import Panel, register
        from deals.counting import of_account, of_contact

        view, edit = "deals.view", "deals.edit"
        register(
            Panel("deals", _("Deals"), "contact", "tab", "deals:contact_tab", 30, permission=view, count=of_contact),
            Panel("deals", _("Deals"), "contact", "side", "deals:contact_side", 30, permission=view),
            Panel("deals", _("Open deals"), "contact", "key_figure", "deals:contact_figure", 20, permission=view),
            Panel("deals", _("Add deal"), "contact", "action", "deals:contact_add", 30, "currency-dollar", edit),
            Panel("deals", _("Deals"), "account", "tab", "deals:account_tab", 30, permission=view, count=of_account),
            Panel("deals", _("Deals"), "account", "side", "deals:account_side", 30, permission=view),
            Panel("deals", _("Open deals"), "account", "key_figure", "deals:account_figure", 20, permission=view),
            Panel("deals", _("Add deal"), "account", "action", "deals:account_add", 30, "currency-dollar", edit),
        )
