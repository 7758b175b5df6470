"""A picture."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, STYLE, Align, Block, Line, Setting, Url, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink

SHEET_WIDTH = 600
# 32 px stay free on each side of the sheet.
INNER_WIDTH = SHEET_WIDTH - 64
# The class of a picture's place where none is chosen yet; the checks look for it.
MISSING = "missing-image"


def picture(src: str, alt: str, ink: Ink, *, width: int, url: str = "", radius: int = 0) -> str:
    """An image that shrinks on a phone, or a grey place where one is still to be chosen."""
    if not src:
        return placeholder(ink, width)
    style = f"display:block;width:100%;max-width:{width}px;height:auto;border:0;border-radius:{radius}px;"
    image = (
        f'<img src="{markup.attribute(src)}" alt="{markup.attribute(alt)}" width="{width}" border="0" class="fluid" '
        f'style="{style}{ink.body(colour=ink.quiet, size=14)}">'
    )
    return f'<a href="{markup.attribute(url)}" style="text-decoration:none;">{image}</a>' if url else image


def placeholder(ink: Ink, width: int) -> str:
    """Where a picture will be; the checks ask for it before anything is sent."""
    style = f"{ink.body(colour=ink.quiet, size=14)}background-color:{ink.line};border-radius:4px;"
    cell = f'<td align="center" height="{width * 9 // 20}" style="{style}">{_("Image")}</td>'
    return markup.table(
        f"<tr>{cell}</tr>", f'width="{width}" class="fluid {MISSING}" style="width:100%;max-width:{width}px;"'
    )


@register
class Image(Block):
    """One picture, with a link if wanted."""

    kind: Literal["image"] = "image"
    version: Version = 1
    src: Url = ""
    alt: Line = ""
    url: Url = ""
    # Percent of the inner width.
    width: Annotated[int, Field(ge=10, le=100)] = 100
    align: Align = "center"
    rounded: bool = False

    title = gettext_lazy("Image")
    icon = "photo"
    settings = (
        Setting("src", gettext_lazy("Image address"), "image"),
        Setting(
            "alt",
            gettext_lazy("Description"),
            help=gettext_lazy("Read aloud, and shown where images are blocked."),
        ),
        Setting("url", gettext_lazy("Link"), "url"),
        Setting("width", gettext_lazy("Width"), "range", bounds=(10, 100, 5), group=STYLE),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS, group=STYLE),
        Setting("rounded", gettext_lazy("Round corners"), "switch", group=STYLE),
        *BOX_SETTINGS,
    )

    def render(self, ink: Ink) -> str:
        """The image at its share of the width."""
        width = INNER_WIDTH * self.width // 100
        radius = (ink.theme.corners or 8) if self.rounded else 0
        inside = picture(self.src, self.alt, ink, width=width, url=self.url, radius=radius)
        return markup.table(
            f"<tr><td>{inside}</td></tr>",
            f'align="{self.align}" width="{width}" class="fluid" style="width:100%;max-width:{width}px;"',
        )
