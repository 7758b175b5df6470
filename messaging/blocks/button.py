"""A link that asks to be pressed."""

from __future__ import annotations

from typing import Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, STYLE, Align, Block, Line, Setting, Url, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink, text_on


def button(label: str, url: str, ink: Ink, *, outline: bool = False, wide: bool = False) -> str:
    """A button that every client shows: the colour on the cell for Outlook, the padding on the link for the rest."""
    accent = ink.theme.accent
    fill = ink.ground if outline else accent
    colour = ink.link if outline else text_on(accent)
    border = ink.link if outline else accent
    radius = ink.theme.corners
    style = (
        f"display:{'block' if wide else 'inline-block'};padding:13px 26px;border:1px solid {border};"
        f"border-radius:{radius}px;font-family:{ink.font};font-size:16px;line-height:20px;font-weight:600;"
        f"color:{colour};text-align:center;text-decoration:none;mso-padding-alt:0;"
    )
    cell = f"border-radius:{radius}px;mso-padding-alt:13px 26px;" + ("" if outline else f"background-color:{fill};")
    background = "" if outline else f' bgcolor="{fill}"'
    link = (
        f'<a href="{markup.attribute(url)}" class="{"outline" if outline else "filled"}" style="{style}">'
        f"{markup.text(label)}</a>"
    )
    return markup.table(
        f'<tr><td align="center"{background} style="{cell}">{link}</td></tr>',
        'class="button" width="100%"' if wide else 'class="button"',
    )


@register
class Button(Block):
    """A button with a link."""

    kind: Literal["button"] = "button"
    version: Version = 1
    label: Line = ""
    url: Url = ""
    look: Literal["filled", "outline"] = "filled"
    width: Literal["text", "full"] = "text"
    align: Align = "left"

    title = gettext_lazy("Button")
    icon = "click"
    settings = (
        Setting("label", gettext_lazy("Label")),
        Setting("url", gettext_lazy("Link"), "url"),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS),
        Setting(
            "look",
            gettext_lazy("Look"),
            "choice",
            (("filled", gettext_lazy("Filled")), ("outline", gettext_lazy("Outline"))),
            group=STYLE,
        ),
        Setting(
            "width",
            gettext_lazy("Width"),
            "choice",
            (("text", gettext_lazy("As the label")), ("full", gettext_lazy("Full"))),
            group=STYLE,
        ),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """A button without a link: the checks ask for it."""
        return cls(label=_("Read more"), align="center")

    def render(self, ink: Ink) -> str:
        """The button, aligned by a table of its own (Outlook ignores margins on tables)."""
        inside = button(self.label, self.url, ink, outline=self.look == "outline", wide=self.width == "full")
        return markup.table(f'<tr><td align="{self.align}">{inside}</td></tr>')
