"""Text that pages do not show: for imports, the API and templates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from contacts.fieldkinds.text import Text


class Hidden(Text):
    """Text that the contact's page does not show."""

    key = "hidden"
    label = gettext_lazy("Hidden")
    icon = "eye-off"
    visible = False
