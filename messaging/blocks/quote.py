"""Somebody's words."""

from __future__ import annotations

from typing import Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.blocks import markup
from messaging.blocks.base import BOX_SETTINGS, Block, Line, Paragraphs, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Quote(Block):
    """A quotation with the name of who said it."""

    kind: Literal["quote"] = "quote"
    version: Version = 1
    text: Paragraphs = ""
    name: Line = ""
    role: Line = ""

    title = gettext_lazy("Quote")
    icon = "quote"
    settings = (
        Setting("text", gettext_lazy("Words"), "area"),
        Setting("name", gettext_lazy("Name")),
        Setting("role", gettext_lazy("Role or company")),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """A quotation to write over."""
        return cls(text=_("What a customer said about you."), name=_("A customer"))

    def render(self, ink: Ink) -> str:
        """A bar in the accent, the words, and the name below."""
        words = f"{ink.body(size=ink.theme.size + 2, line=1.5)}font-style:italic;"
        return markup.table(
            f'<tr><td width="4" style="width:4px;background-color:{ink.link};font-size:0;">&nbsp;</td>'
            f'<td style="padding:4px 0 4px 20px;"><div class="text" style="{words}">{markup.lines(self.text)}</div>'
            f"{self._by(ink)}</td></tr>"
        )

    def _by(self, ink: Ink) -> str:
        """Who said it, and what they are."""
        if not (self.name or self.role):
            return ""
        role = f'<span class="quiet" style="color:{ink.quiet};font-weight:400;">{markup.text(self.role)}</span>'
        said = ", ".join(filter(None, (markup.text(self.name), self.role and role)))
        style = f"{ink.body(colour=ink.strong, size=14)}margin:10px 0 0;font-weight:600;"
        return f'<div class="strong" style="{style}">{said}</div>'
