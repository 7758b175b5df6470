"""Empty space."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_lazy
from pydantic import Field

from messaging.blocks import markup
from messaging.blocks.base import BOX_SETTINGS, Block, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Spacer(Block):
    """Space of a chosen height, in pixels."""

    kind: Literal["spacer"] = "spacer"
    version: Version = 1
    height: Annotated[int, Field(ge=4, le=160)] = 32
    space: Literal["none", "small", "normal", "large"] = "none"

    title = gettext_lazy("Spacer")
    icon = "spacing-vertical"
    settings = (Setting("height", gettext_lazy("Height"), "range", bounds=(4, 160, 4)), *BOX_SETTINGS)

    def render(self, ink: Ink) -> str:
        """A cell of that height."""
        style = f"height:{self.height}px;font-size:0;line-height:0;"
        return markup.table(f'<tr><td height="{self.height}" style="{style}">&nbsp;</td></tr>')
