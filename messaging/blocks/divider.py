"""A line between two parts."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_lazy
from pydantic import Field

from messaging.blocks import markup
from messaging.blocks.base import BOX_SETTINGS, Block, Colour, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Divider(Block):
    """A horizontal line."""

    kind: Literal["divider"] = "divider"
    version: Version = 1
    line: Literal["solid", "dashed", "dotted"] = "solid"
    thickness: Annotated[int, Field(ge=1, le=8)] = 1
    colour: Colour = ""

    title = gettext_lazy("Divider")
    icon = "separator"
    settings = (
        Setting(
            "line",
            gettext_lazy("Line"),
            "choice",
            (
                ("solid", gettext_lazy("Solid")),
                ("dashed", gettext_lazy("Dashed")),
                ("dotted", gettext_lazy("Dotted")),
            ),
        ),
        Setting("thickness", gettext_lazy("Thickness"), "range", bounds=(1, 8, 1)),
        Setting("colour", gettext_lazy("Colour"), "colour"),
        *BOX_SETTINGS,
    )

    def render(self, ink: Ink) -> str:
        """The border of an empty cell: `hr` looks different everywhere."""
        style = f"border-top:{self.thickness}px {self.line} {self.colour or ink.line};font-size:0;line-height:0;"
        return markup.table(f'<tr><td class="rule" height="1" style="{style}">&nbsp;</td></tr>')
