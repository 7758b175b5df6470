"""What the terminal says about mail that leaves this machine."""

from messaging.models import Provider


def outgoing_mail() -> str:
    """One line: captured, or by which providers it leaves."""
    names = list(Provider.objects.filter(is_active=True).exclude(kind="capture").values_list("name", flat=True)[:5])
    if not names:
        return "is captured: nothing leaves this machine until a provider is set up (Settings, Providers)"
    return f"leaves by {', '.join(names)}"
