"""The parts of a mailing, processed but not yet cut: what HTML and text say, with everything added."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.compilation import links, markup
from messaging.compilation.footer import html_footer, text_footer
from messaging.compilation.pieces import PIXEL, TRAP
from messaging.compilation.plaintext import text_of
from messaging.compilation.source import MailingSource
from messaging.liquid import assigned
from messaging.liquid.source import tokens

_BODY = re.compile(r"""<body(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_TBODY = re.compile(r"</?tbody>", re.IGNORECASE)
# Between a preheader and the body's own text, so that an inbox does not show more than was meant.
_PADDING = "&zwnj;&nbsp;" * 40
_PREHEADER = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{}</div>'


@dataclass(frozen=True, slots=True)
class Parts:
    """Subject, HTML and text as Liquid with marks for facts, and the counted links with their labels."""

    subject: str
    html: str
    text: str
    links: list[tuple[str, str]]


def parts_of(source: MailingSource) -> Parts:
    """The parts of a mailing whose templates are right one by one."""
    page = text = ""
    numbers: dict[str, int] = {}
    labels: list[str] = []
    if source.html:
        hidden = markup.hide(source.html, markup=True)
        table = links.LinkTable(hidden, assigned(source.html), numbers, labels)
        page = _page(source, table)
        text = hidden.restore(text_of(page))
        page = _completed(hidden.restore(page), source, visible=text)
        text += text_footer(text) if source.purpose == "marketing" else ""
    if source.text:
        text = source.text + (text_footer(source.text) if source.purpose == "marketing" else "")
        hidden = markup.hide(text, markup=False)
        table = links.LinkTable(hidden, assigned(text), numbers, labels)
        text = hidden.restore(links.rewrite_text(hidden.text, table) if source.track_clicks else hidden.text)
    # A picture without a description has no text; a part needs some.
    text = text.rstrip("\n") or _("This message has pictures only.")
    return Parts(source.subject, page, text + "\n", list(zip(numbers, labels, strict=True)))


def _page(source: MailingSource, table: links.LinkTable) -> str:
    """The page as a parser writes it out: styles inlined, links numbered."""
    page = markup.inlined(table.hidden.text)
    if not _TBODY.search(source.html):
        # The parser puts them in, inside of a loop over rows as well.
        page = _TBODY.sub("", page)
    if source.track_clicks:
        page = links.rewrite_html(page, table)
    return page


def _completed(page: str, source: MailingSource, *, visible: str) -> str:
    """The page with its preheader at the beginning of the body; footer, hidden link and pixel at its end."""
    if source.preheader:
        opening = _BODY.search(page)
        at = opening.end() if opening else 0
        hidden_line = _PREHEADER.format(_escaped_literals(source.preheader) + _PADDING)
        page = page[:at] + hidden_line + page[at:]
    footer = html_footer(page, visible) if source.purpose == "marketing" else ""
    ending = footer + (TRAP if source.track_clicks else "") + (PIXEL if source.track_opens else "")
    return _before_end(page, ending).rstrip("\n") + "\n"


def _before_end(page: str, addition: str) -> str:
    at = page.rfind("</body>")
    return page[:at] + addition + page[at:] if at >= 0 else page + addition


def _escaped_literals(text: str) -> str:
    return "".join(html.escape(token.text) if token.kind == "literal" else token.text for token in tokens(text))
