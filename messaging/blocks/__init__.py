"""Blocks: the kinds of content that the editor knows, and the HTML they become. docs/campaigns.md: adding a kind."""

# The order of the palette.
from messaging.blocks import heading, text, button, image, columns, bullets, quote, divider, spacer, social, raw, footer  # noqa: F401, I001
from messaging.blocks.base import Block, Setting
from messaging.blocks.canvas import show_liquid
from messaging.blocks.document import block_beginning, render_blocks
from messaging.blocks.image import MISSING
from messaging.blocks.registry import BlockProblem, BlocksInvalid, kind_of, kinds, read_blocks, read_theme, register
from messaging.blocks.starters import default_blocks, dumped
from messaging.blocks.theme import Theme
from messaging.blocks.theme import described as theme_settings

__all__ = [
    "MISSING",
    "Block",
    "BlockProblem",
    "BlocksInvalid",
    "Setting",
    "Theme",
    "block_beginning",
    "default_blocks",
    "dumped",
    "kind_of",
    "kinds",
    "read_blocks",
    "read_theme",
    "register",
    "render_blocks",
    "show_liquid",
    "theme_settings",
]
