"""What marketing mail must show: a way out, and who sends it (CAN-SPAM section 5, and most countries' law)."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from messaging.liquid.source import units

_STYLE = "font:12px/18px Arial,sans-serif;color:#6b7280;text-align:center;padding:24px"
_SENDER = "{{ sender.company }} {{ sender.address }}"
_LEAVE = re.compile(r"unsubscribe_url\b")
# As a link in HTML; in text with nothing beside it that a mail program would take for a part of it.
_LINKED = re.compile(r"""href=["']?\{\{-?\s*unsubscribe_url\b""")
_ALONE = re.compile(r"(?:\A|(?<=[\s(<]))\{\{-?\s*unsubscribe_url\s*-?\}\}(?=[\s)<>]|\Z)")
_ADDRESS = re.compile(r"sender\.address\b")


def html_footer(page: str, visible: str) -> str:
    """What is missing in a page with this visible text, as HTML; nothing where all is there."""
    lines = [] if _shown(_ADDRESS, visible) else [_SENDER]
    if not (_shown(_LEAVE, visible) and _LINKED.search(page)):
        lines.append(f'<a href="{{{{ unsubscribe_url }}}}" style="color:#6b7280">{_("Unsubscribe")}</a>')
    return f'<div style="{_STYLE}">{"<br>".join(lines)}</div>' if lines else ""


def text_footer(text: str) -> str:
    """What is missing in a text part, as text; nothing where all is there."""
    lines = [] if _shown(_ADDRESS, text) else [_SENDER]
    if not (_shown(_LEAVE, text) and _ALONE.search(text)):
        lines.append(_("Unsubscribe") + ": {{ unsubscribe_url }}")
    return "\n\n" + "\n".join(lines) + "\n" if lines else ""


def _shown(name: re.Pattern[str], text: str) -> bool:
    """Whether every recipient sees it: what stands in a condition does not count."""
    return any(unit.kind == "output" and name.search(unit.text) for unit in units(text))
