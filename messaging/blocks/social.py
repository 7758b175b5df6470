"""Links to where the sender is found elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, Align, Block, Setting, Url, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Network = Literal[
    "website", "facebook", "instagram", "linkedin", "x", "youtube", "tiktok", "bluesky", "mastodon", "threads",
    "github", "whatsapp",
]  # fmt: skip
NAMES: dict[str, str | StrPromise] = {
    "website": gettext_lazy("Website"),
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "x": "X",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "threads": "Threads",
    "github": "GitHub",
    "whatsapp": "WhatsApp",
}


class Profile(BaseModel):
    """One place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: Network = "website"
    url: Url = ""


@register
class Social(Block):
    """Names in frames: unlike icons they need no image, so they show where images are blocked."""

    kind: Literal["social"] = "social"
    version: Version = 1
    items: Annotated[tuple[Profile, ...], Field(max_length=12)] = ()
    align: Align = "center"

    title = gettext_lazy("Social links")
    icon = "share"
    settings = (
        Setting(
            "items",
            gettext_lazy("Links"),
            "items",
            item=(
                Setting("network", gettext_lazy("Where"), "choice", tuple(NAMES.items())),
                Setting("url", gettext_lazy("Link"), "url"),
            ),
        ),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """Three places to fill in."""
        return cls(items=(Profile(network="linkedin"), Profile(network="instagram"), Profile(network="website")))

    def render(self, ink: Ink) -> str:
        """The names, each in a frame."""
        frame = (
            f"display:inline-block;margin:0 4px 8px;padding:7px 14px;border:1px solid {ink.line};border-radius:99px;"
            f"font-family:{ink.font};font-size:14px;line-height:18px;color:{ink.text};text-decoration:none;"
        )
        links = "\n".join(
            f'<a href="{markup.attribute(item.url)}" class="text pill" style="{frame}">{NAMES[item.network]}</a>'
            for item in self.items
        )
        return f'<div style="text-align:{self.align};font-size:0;">{links}</div>'
