"""A title."""

from __future__ import annotations

from typing import Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, Align, Block, Line, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink

SIZES = {"1": (28, 1.25), "2": (22, 1.3), "3": (18, 1.35)}


@register
class Heading(Block):
    """A title in three sizes."""

    kind: Literal["heading"] = "heading"
    version: Version = 1
    text: Line = ""
    level: Literal["1", "2", "3"] = "1"
    align: Align = "left"

    title = gettext_lazy("Heading")
    icon = "heading"
    settings = (
        Setting("text", gettext_lazy("Text"), "area"),
        Setting(
            "level",
            gettext_lazy("Size"),
            "choice",
            (("1", gettext_lazy("Large")), ("2", gettext_lazy("Medium")), ("3", gettext_lazy("Small"))),
        ),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """A heading to write over."""
        return cls(text=_("Your heading"))

    def render(self, ink: Ink) -> str:
        """An h1 to h3."""
        size, line = SIZES[self.level]
        style = f"{ink.body(colour=ink.strong, size=size, line=line)}font-weight:700;text-align:{self.align};"
        return f'<h{self.level} class="strong h{self.level}" style="{style}">{markup.lines(self.text)}</h{self.level}>'
