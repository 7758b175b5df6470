"""A list of points."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from messaging.blocks import markup
from messaging.blocks.base import BOX_SETTINGS, STYLE, Block, Line, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


class Point(BaseModel):
    """One point of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Line = ""


@register
class Bullets(Block):
    """Points with dots, numbers or check marks."""

    kind: Literal["list"] = "list"
    version: Version = 1
    items: Annotated[tuple[Point, ...], Field(max_length=50)] = ()
    marks: Literal["dots", "numbers", "checks"] = "dots"

    title = gettext_lazy("List")
    icon = "list"
    settings = (
        Setting("items", gettext_lazy("Points"), "items", item=(Setting("text", gettext_lazy("Point")),)),
        Setting(
            "marks",
            gettext_lazy("Marks"),
            "choice",
            (
                ("dots", gettext_lazy("Dots")),
                ("numbers", gettext_lazy("Numbers")),
                ("checks", gettext_lazy("Checks")),
            ),
            group=STYLE,
        ),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """Three points to write over."""
        points = (_("First point"), _("Second point"), _("Third point"))
        return cls(items=tuple(Point(text=point) for point in points))

    def render(self, ink: Ink) -> str:
        """A table, one row a point: Outlook indents `ul` as it likes."""
        rows = "".join(self._row(number, point, ink) for number, point in enumerate(self.items, 1) if point.text)
        return markup.table(rows)

    def _row(self, number: int, point: Point, ink: Ink) -> str:
        mark = {"dots": "&#8226;", "numbers": f"{number}.", "checks": "&#10003;"}[self.marks]
        style = ink.body(colour=ink.link)
        return (
            f'<tr><td width="28" valign="top" style="{style}width:28px;font-weight:700;padding:0 0 8px;">{mark}</td>'
            f'<td class="text" valign="top" style="{ink.body()}padding:0 0 8px;">{markup.text(point.text)}</td></tr>'
        )
