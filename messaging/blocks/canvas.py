"""The document as the editor shows it: Liquid tags as small labels instead of their source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from messaging.liquid.source import tokens

_NAME = re.compile(r"\{\{-?\s*([\w.]+)")
LIGHT = "not all"
_CHIP = (
    "<style>.liquid{{display:inline-block;padding:0 6px;border-radius:4px;background:#eceafe;color:#4338ca;"
    "font-size:.86em;font-style:normal;font-weight:500;line-height:1.5;white-space:nowrap}}"
    ".liquid.logic{{background:#f4f4f5;color:#52525b;font-family:monospace}}"
    "html{{overflow:hidden}}body{{min-height:0}}</style></head>"
).format()


def show_liquid(html: str, labels: Mapping[str, str]) -> str:
    """Replace Liquid by chips where text stands, and by harmless text inside tags. `labels`: name → what to show."""
    parts: list[str] = []
    in_tag = False
    for token in tokens(html):
        if token.kind == "literal":
            parts.append(token.text)
            if (last := max(token.text.rfind("<"), token.text.rfind(">"))) >= 0:
                in_tag = token.text[last] == "<"
        elif in_tag:
            parts.append("#")
        elif token.kind == "output":
            parts.append(f'<span class="liquid">{escape(_label(token.text, labels))}</span>')
        else:
            parts.append(f'<span class="liquid logic">{escape(token.text.strip("{%- }"))}</span>')
    # Light whatever the reader's system says: its author chooses the light colours. The script turns this round.
    return "".join(parts).replace("(prefers-color-scheme:dark)", LIGHT).replace("</head>", _CHIP, 1)


def _label(source: str, labels: Mapping[str, str]) -> str:
    match = _NAME.match(source)
    return labels.get(match[1], match[1]) if match else source.strip("{} ")
