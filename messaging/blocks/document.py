"""From blocks to a complete HTML document: the sheet of 600 px, what Outlook needs, phones and dark mode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from messaging.blocks import markup
from messaging.blocks.base import Block
from messaging.blocks.image import SHEET_WIDTH
from messaging.blocks.theme import Ink, Theme, mixed

SIDE = 32
_ROW = re.compile(r'<tr data-block="([a-z0-9-]*)">')

# What only a style sheet can say. Everything else stands in style attributes, since some clients read no sheet.
_SHEET = """
body {{ margin:0; padding:0; width:100%; -webkit-text-size-adjust:100%; -ms-text-size-adjust:100%; }}
table {{ border-collapse:separate; mso-table-lspace:0; mso-table-rspace:0; }}
img {{ -ms-interpolation-mode:bicubic; }}
a[x-apple-data-detectors] {{ color:inherit !important; text-decoration:none !important; }}
@media only screen and (max-width:620px) {{
  .margin {{ padding:0 !important; }}
  .side {{ padding-left:20px !important; padding-right:20px !important; }}
  .sheet-first {{ border-radius:0 !important; }}
  .sheet-last {{ border-radius:0 !important; }}
  .column {{ display:block !important; width:100% !important; box-sizing:border-box !important; }}
  .column + .gap {{ display:block !important; width:100% !important; height:24px !important; }}
  .h1 {{ font-size:25px !important; }}
}}
@media (prefers-color-scheme:dark) {{
  .ground {{ background-color:{dark_ground} !important; }}
  .sheet {{ background-color:{dark_sheet} !important; }}
  .sheet .strong {{ color:#ffffff !important; }}
  .sheet .text, .sheet .text p, .sheet .text li, .sheet .pill {{ color:#e5e7eb !important; }}
  .sheet .text a, .sheet .outline {{ color:{dark_link} !important; border-color:{dark_link} !important; }}
  .sheet .outline {{ background-color:{dark_sheet} !important; }}
  .sheet .quiet, .ground .outer .quiet {{ color:#a1a1aa !important; }}
  .sheet .rule, .sheet .pill {{ border-color:#3f3f46 !important; }}
}}
[data-ogsc] .ground {{ background-color:{dark_ground} !important; }}
[data-ogsc] .sheet {{ background-color:{dark_sheet} !important; }}
"""

_HEAD = """<!DOCTYPE html>
<html lang="{language}" xmlns="http://www.w3.org/1999/xhtml" xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="x-apple-disable-message-reformatting">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch>
</o:OfficeDocumentSettings></xml></noscript><![endif]-->
<style>{style}</style>
</head>
<body class="ground" style="margin:0;padding:0;background-color:{ground};">
<table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%" class="ground" bgcolor="{ground}"
 style="background-color:{ground};"><tr><td align="center" class="margin" style="padding:32px 12px;">
<!--[if mso]><table role="presentation" border="0" cellpadding="0" cellspacing="0" width="600" align="center">
<tr><td><![endif]-->
"""
_FOOT = """<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
"""


def render_blocks(blocks: Sequence[Block], theme: Theme, *, title: str = "", language: str = "en") -> str:
    """A complete HTML document. Liquid tags stand in it as they were written; it is compiled once, later.

    Each block's row carries its id (`data-block`), by which the editor finds it in the preview.
    """
    parts = [
        _HEAD.format(language=language, title=markup.text(title), style=_style(theme), ground=theme.ground),
        *(
            _group(list(group), theme, outside=outside)
            for outside, group in groupby(blocks, lambda block: block.outside)
        ),
        _FOOT,
    ]
    return "".join(parts)


def _style(theme: Theme) -> str:
    return _SHEET.format(dark_ground="#18181b", dark_sheet="#27272a", dark_link=mixed(theme.accent, "#ffffff", 0.45))


def _group(blocks: list[Block], theme: Theme, *, outside: bool) -> str:
    """Blocks that stand together: on the sheet, or on the ground below it."""
    last = len(blocks) - 1
    rows = "".join(
        _row(block, theme, outside=outside, first=place == 0, last=place == last) for place, block in enumerate(blocks)
    )
    css = "outer" if outside else "inner"
    return markup.table(f"\n{rows}", f'width="100%" class="{css}" style="max-width:{SHEET_WIDTH}px;"') + "\n"


def _row(block: Block, theme: Theme, *, outside: bool, first: bool, last: bool) -> str:
    ground = block.background or (theme.ground if outside else theme.sheet)
    inside = block.render(Ink.on(theme, ground))
    # The first and last block of a sheet keep clear of its edge.
    edge = 8 if outside else 0 if block.background else 18
    above, below = block.padding() + (edge if first else 0), block.padding() + (edge if last else 0)
    radius = theme.corners and 8
    corners = [radius if first else 0] * 2 + [radius if last else 0] * 2
    shape = f"border-radius:{' '.join(f'{corner}px' for corner in corners)};" if any(corners) and not outside else ""
    css = ["side", "own" if block.background else "" if outside else "sheet"]
    css += ["sheet-first"] * (first and not outside) + ["sheet-last"] * (last and not outside)
    paint = f' bgcolor="{ground}"' if block.background or not outside else ""
    fill = f"background-color:{ground};" if paint else ""
    return (
        f'<tr data-block="{block.id}"><td class="{" ".join(filter(None, css))}"{paint} width="{SHEET_WIDTH}" '
        f'style="padding:{above}px {SIDE}px {below}px;{fill}{shape}">\n{inside}\n</td></tr>\n'
    )


def block_beginning(line: str) -> str | None:
    """The id of the block whose row begins in a line of a document, if one does."""
    match = _ROW.search(line)
    return match[1] if match else None
