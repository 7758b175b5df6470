"""What a new campaign begins with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from messaging.blocks.base import Block
from messaging.blocks.button import Button
from messaging.blocks.footer import Footer
from messaging.blocks.heading import Heading
from messaging.blocks.text import Text


def default_blocks(*, heading: str = "") -> list[dict[str, Any]]:
    """A greeting, a paragraph, a button and the footer, as they are stored."""
    greeting = '{{ contact.first_name | default: "there" }}'
    hello = _("Hi %s,") % greeting
    return dumped(
        [
            Heading(text=heading or _("What is new"), level="1"),
            Text(html=f"<p>{hello}</p><p>{_('write here what you would tell a customer you met today.')}</p>"),
            Button.example(),
            Footer.example(),
        ]
    )


def dumped(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as they are stored, each with an id."""
    return [block.model_dump(mode="json") | {"id": block.id or f"b{number}"} for number, block in enumerate(blocks, 1)]
