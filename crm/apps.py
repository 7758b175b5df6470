"""App config of the project floor."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Registers the system checks."""

    name = "crm"
    verbose_name = "Relay"
