"""Two columns beside each other, one above the other on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict

from messaging.blocks import markup
from messaging.blocks.base import BOX_SETTINGS, Block, Line, Rich, Setting, Url, Version
from messaging.blocks.button import button
from messaging.blocks.image import INNER_WIDTH, picture
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

GAP = 24


class Column(BaseModel):
    """One of the two: what is left empty is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: Url = ""
    alt: Line = ""
    heading: Line = ""
    html: Rich = ""
    label: Line = ""
    url: Url = ""


def _controls(side: str, group: StrPromise) -> tuple[Setting, ...]:
    return (
        Setting(f"{side}.image", gettext_lazy("Image address"), "image", group=group),
        Setting(f"{side}.alt", gettext_lazy("Image description"), group=group),
        Setting(f"{side}.heading", gettext_lazy("Heading"), group=group),
        Setting(f"{side}.html", gettext_lazy("Text"), "rich", group=group),
        Setting(f"{side}.label", gettext_lazy("Button label"), group=group),
        Setting(f"{side}.url", gettext_lazy("Button link"), "url", group=group),
    )


@register
class Columns(Block):
    """Two columns of an image, a heading, text and a button."""

    kind: Literal["columns"] = "columns"
    version: Version = 1
    left: Column = Column()
    right: Column = Column()
    split: Literal["1:1", "1:2", "2:1"] = "1:1"

    title = gettext_lazy("2 columns")
    icon = "columns-2"
    settings = (
        *_controls("left", gettext_lazy("Left column")),
        *_controls("right", gettext_lazy("Right column")),
        Setting(
            "split",
            gettext_lazy("Widths"),
            "choice",
            (
                ("1:1", gettext_lazy("Equal")),
                ("1:2", gettext_lazy("Right wider")),
                ("2:1", gettext_lazy("Left wider")),
            ),
            group=gettext_lazy("Style"),
        ),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """Two columns to write over."""
        words = f"<p>{_('A sentence or two.')}</p>"
        return cls(left=Column(heading=_("Left"), html=words), right=Column(heading=_("Right"), html=words))

    def render(self, ink: Ink) -> str:
        """Two cells; on a phone the style sheet stacks them."""
        free = INNER_WIDTH - GAP
        width = {"1:1": free // 2, "1:2": free // 3, "2:1": free * 2 // 3}[self.split]
        gap = f'<td class="gap" width="{GAP}" style="width:{GAP}px;font-size:0;line-height:0;">&nbsp;</td>'
        right = self._cell(self.right, ink, free - width)
        return markup.table(f"<tr>{self._cell(self.left, ink, width)}{gap}{right}</tr>")

    @staticmethod
    def _cell(column: Column, ink: Ink, width: int) -> str:
        parts: list[str] = []
        if column.image:
            image = picture(column.image, column.alt, ink, width=width, url=column.url, radius=ink.theme.corners // 2)
            parts.append(f'<div style="margin:0 0 14px;">{image}</div>')
        if column.heading:
            style = f"{ink.body(colour=ink.strong, size=18, line=1.35)}margin:0 0 8px;font-weight:700;"
            parts.append(f'<h3 class="strong" style="{style}">{markup.lines(column.heading)}</h3>')
        if not markup.is_blank(column.html):
            inside = markup.rich(column.html, styles=ink.rich_styles())
            parts.append(f'<div class="text" style="{ink.body()}">{inside}</div>')
        if column.label:
            parts.append(button(column.label, column.url, ink))
        return f'<td class="column" width="{width}" valign="top" style="width:{width}px;">{"".join(parts)}</td>'
