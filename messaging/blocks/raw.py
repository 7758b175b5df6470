"""HTML written by hand."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext_lazy
from pydantic import StringConstraints

from messaging.blocks.base import BOX_SETTINGS, Block, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Raw(Block):
    """HTML as it stands. Scripts never run: not in our previews (sandboxed), not in mail clients."""

    kind: Literal["raw"] = "raw"
    version: Version = 1
    html: Annotated[str, StringConstraints(max_length=100_000)] = ""

    title = gettext_lazy("HTML")
    icon = "code"
    settings = (
        Setting("html", gettext_lazy("HTML"), "code", help=gettext_lazy("Tables and inline styles work best.")),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """A paragraph to write over."""
        return cls(html='<p style="margin:0;">Hello {{ contact.first_name | default: "there" }}</p>')

    def render(self, ink: Ink) -> str:
        """The HTML, in the email's font."""
        return f'<div class="text" style="{ink.body()}">{self.html}</div>'
