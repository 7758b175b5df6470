"""Colours and font of an email, and what they mean on a given background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, StringConstraints

from messaging.blocks.base import Setting

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

FONTS = {
    "sans": "'Helvetica Neue', Helvetica, Arial, sans-serif",
    "modern": "'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "serif": "Georgia, 'Times New Roman', Times, serif",
    "mono": "'Courier New', Courier, monospace",
}
WHITE, BLACK = "#ffffff", "#111827"


class Theme(BaseModel):
    """What all blocks of an email share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accent: Hex = "#4f46e5"
    ground: Hex = "#f3f4f6"
    sheet: Hex = "#ffffff"
    font: Literal["sans", "modern", "serif", "mono"] = "sans"
    size: Literal[14, 15, 16, 17, 18] = 16
    corners: Literal[0, 4, 8, 24] = 8


SETTINGS = (
    Setting("accent", _("Buttons and links"), "colour"),
    Setting("ground", _("Background"), "colour"),
    Setting("sheet", _("Content background"), "colour"),
    Setting(
        "font",
        _("Font"),
        "choice",
        (("sans", "Helvetica"), ("modern", "Segoe UI, Roboto"), ("serif", "Georgia"), ("mono", "Courier")),
    ),
    Setting("size", _("Text size"), "range", bounds=(14, 18, 1)),
    Setting(
        "corners", _("Corners"), "choice", (("0", _("Square")), ("4", _("Soft")), ("8", _("Round")), ("24", _("Pill")))
    ),
)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    light = luminance(colour)
    return WHITE if 1.05 / (light + 0.05) > (light + 0.05) / 0.058 else BLACK


def mixed(one: str, other: str, share: float) -> str:
    """`share` of one colour in another; mail clients know no colour-mix()."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@dataclass(frozen=True)
class Ink:
    """What a block writes with: readable on the background it stands on."""

    theme: Theme
    ground: str

    @classmethod
    def on(cls, theme: Theme, background: str) -> Ink:
        """The ink for a block on a background."""
        return cls(theme, background)

    @property
    def text(self) -> str:
        """Body text."""
        return mixed(text_on(self.ground), self.ground, 0.86)

    @property
    def strong(self) -> str:
        """Headings."""
        return text_on(self.ground)

    @property
    def quiet(self) -> str:
        """Captions and the footer; still at least 4.5 : 1."""
        return mixed(text_on(self.ground), self.ground, 0.66)

    @property
    def line(self) -> str:
        """Dividers and borders."""
        return mixed(text_on(self.ground), self.ground, 0.14)

    @property
    def link(self) -> str:
        """Links: the accent, unless it could not be read here."""
        bright, dark = sorted((luminance(self.theme.accent), luminance(self.ground)), reverse=True)
        return self.theme.accent if (bright + 0.05) / (dark + 0.05) >= 3 else self.strong

    @property
    def font(self) -> str:
        """The font stack."""
        return FONTS[self.theme.font]

    def body(self, *, colour: str = "", size: int = 0, line: float = 1.6) -> str:
        """A style for running text."""
        pixels = size or self.theme.size
        return f"margin:0;font-family:{self.font};font-size:{pixels}px;line-height:{line};color:{colour or self.text};"

    def rich_styles(self) -> dict[str, str]:
        """The styles of the tags in rich text."""
        gap = f"{self.body()}margin:0 0 12px;"
        return {
            "p": gap,
            "ul": f"{gap}padding:0 0 0 24px;",
            "ol": f"{gap}padding:0 0 0 24px;",
            "li": "margin:0 0 6px;",
            "a": f"color:{self.link};text-decoration:underline;",
        }


def described() -> list[dict[str, Any]]:
    """The theme's controls as the editor's script reads them."""
    return [setting.described() for setting in SETTINGS]
