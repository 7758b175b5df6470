"""From the words typed into the plain email form to a mailing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from messaging.blocks import render_blocks
from messaging.blocks.base import Block
from messaging.blocks.button import Button
from messaging.blocks.footer import Footer
from messaging.blocks.starters import dumped
from messaging.blocks.text import Text
from messaging.blocks.theme import Theme
from messaging.models import Mailing
from messaging.models.mailing import Origin, Purpose
from messaging.personalisation import translate_tags

if TYPE_CHECKING:
    from contacts.models import User

# A paragraph that is nothing but a Markdown link becomes a button.
BUTTON = re.compile(r"^\[(?P<label>[^\]]+)\]\((?P<url>https?://[^\s)]+)\)$")


def blocks_of(body: str) -> list[Block]:
    """The editor's blocks for a plain text: paragraphs, buttons, and the footer that the law asks for."""
    paragraphs = re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip())
    return [*map(_block, paragraphs), Footer.example()]


def _block(paragraph: str) -> Block:
    if button := BUTTON.match(paragraph.strip()):
        return Button(label=button["label"], url=button["url"])
    lines = html.escape(paragraph, quote=False).replace("\n", "<br>")
    return Text(html=f"<p>{lines}</p>")


def compose_content(*, name: str, words: dict[str, Any], by: User | None) -> Mailing:
    """A new mailing of an automation: `words` holds subject, preheader, from_name, from_email and body."""
    blocks = blocks_of(translate_tags(words["body"]))
    return Mailing.objects.create(
        purpose=Purpose.MARKETING,
        origin=Origin.AUTOMATION,
        name=name,
        subject=translate_tags(words["subject"]),
        preheader=translate_tags(words.get("preheader", "")),
        from_name=words.get("from_name", ""),
        from_email=words["from_email"],
        blocks=dumped(blocks),
        html=render_blocks(blocks, Theme()),
        auto_submitted=True,
        created_by=by,
    )
