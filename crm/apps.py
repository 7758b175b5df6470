"""App config of the project floor."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Registers the system checks."""

    name = "crm"
    verbose_name = "Relay"

    def ready(self) -> None:
        from crm import checks  # noqa: F401  # registers itself
