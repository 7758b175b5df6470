"""Running text."""

from __future__ import annotations

from typing import Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, Align, Block, Rich, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Text(Block):
    """Rich with bold, italic, links and lists."""

    kind: Literal["text"] = "text"
    version: Version = 1
    html: Rich = ""
    align: Align = "left"

    title = gettext_lazy("Text")
    icon = "typography"
    settings = (
        Setting("html", gettext_lazy("Text"), "rich"),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """A paragraph to write over."""
        return cls(html=f"<p>{_('Write something here.')}</p>")

    def render(self, ink: Ink) -> str:
        """The sanitised text; a wrapper catches text that stands in no paragraph."""
        inside = markup.rich(self.html, styles=ink.rich_styles())
        return f'<div class="text" style="{ink.body()}text-align:{self.align};">{inside}</div>'
