"""From a mailing's source to its compilation, once per mailing."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

from messaging.compilation import links, markup
from messaging.compilation.checking import check_mailing
from messaging.compilation.compiled import CompiledMailing, Link
from messaging.compilation.footer import with_footer
from messaging.compilation.pieces import LINK_MARKS, PIXEL, TRAP, Mode, Piece, Pieces, from_marked, joined
from messaging.compilation.plaintext import text_of
from messaging.compilation.slots import Slot, is_simple
from messaging.compilation.source import CompileError, MailingSource
from messaging.liquid import assigned, paths_used
from messaging.liquid.source import Token, tokens, units
from messaging.personalisation import is_link

_BODY = re.compile(r"""<body(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TBODY = re.compile(r"</?tbody>", re.IGNORECASE)
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_LINK_NAME = re.compile(r"unsubscribe_url|preferences_url|view_url")
# Between a preheader and the body's own text, so that an inbox does not show more than was meant.
_PADDING = "&zwnj;&nbsp;" * 40
_PREHEADER = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{}</div>'


def compile_mailing(source: MailingSource) -> CompiledMailing:
    """Parse, inline, derive, number and cut. Raises CompileError with every problem found."""
    if problems := check_mailing(source):
        raise CompileError(*problems)
    source = with_footer(_normalised(source))
    table = SlotTable()
    parts, found = _parts(source)
    pieces = {name: table.split(name, text) for name, text in parts.items()}
    numbered = [_link(table, number, url, label) for number, (url, label) in enumerate(found, 1)]
    return CompiledMailing(
        purpose=source.purpose,
        from_name=source.from_name,
        from_email=source.from_email,
        reply_to=source.reply_to,
        base_url=source.base_url.rstrip("/"),
        reply_domain=source.reply_domain,
        subject=pieces["subject"],
        html=pieces["html"],
        text=pieces["text"],
        slots=tuple(table.slots),
        links=tuple(numbered),
        paths=frozenset(path for slot in table.slots for path in paths_used(slot.source)) - set(LINK_MARKS),
    )


def _normalised(source: MailingSource) -> MailingSource:
    def plain(text: str) -> str:
        return markup.without_marks(text.replace("\r\n", "\n").replace("\r", "\n"))

    return replace(
        source,
        subject=plain(source.subject),
        preheader=plain(source.preheader),
        html=markup.unescape_constructs(plain(source.html)),
        text=plain(source.text),
    )


def _parts(source: MailingSource) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Subject, HTML and text as Liquid with marks for facts, and the links with their labels."""
    found: list[tuple[str, str]] = []
    page = derived = ""
    numbers: dict[str, int] = {}
    labels: list[str] = []
    if source.html:
        hidden = markup.hide(_SCRIPT.sub("", source.html), markup=True)
        page = markup.inlined(hidden.text)
        if not _TBODY.search(source.html):
            # The parser puts them in, inside of a loop over rows as well.
            page = _TBODY.sub("", page)
        table = links.LinkTable(hidden, assigned(source.html), numbers, labels)
        if source.track_clicks:
            page = links.rewrite_html(page, table)
        if not source.text:
            derived = hidden.restore(text_of(page))
        page = _completed(hidden.restore(page), source)
    if source.text:
        hidden = markup.hide(source.text, markup=False)
        table = links.LinkTable(hidden, assigned(source.text), numbers, labels)
        rewritten = links.rewrite_text(hidden.text, table) if source.track_clicks else hidden.text
        derived = hidden.restore(rewritten)
    found = list(zip(numbers, labels, strict=True))
    return {"subject": source.subject, "html": page, "text": derived.rstrip("\n") + "\n"}, found


def _completed(page: str, source: MailingSource) -> str:
    """The page with its preheader at the beginning of the body, pixel and hidden link at its end."""
    if source.preheader:
        opening = _BODY.search(page)
        at = opening.end() if opening else 0
        hidden_line = _PREHEADER.format(_escaped_literals(source.preheader) + _PADDING)
        page = page[:at] + hidden_line + page[at:]
    ending = (TRAP if source.track_clicks else "") + (PIXEL if source.track_opens else "")
    at = page.rfind("</body>")
    page = page[:at] + ending + page[at:] if at >= 0 else page + ending
    return page.rstrip("\n") + "\n"


def _escaped_literals(text: str) -> str:
    return "".join(html.escape(token.text) if token.kind == "literal" else token.text for token in tokens(text))


def _link(table: SlotTable, number: int, url: str, label: str) -> Link:
    return Link(number, url, label, table.split("link", url))


@dataclass
class SlotTable:
    """The slots found so far: the same plain output is one slot, whichever parts it stands in."""

    slots: list[Slot] = field(default_factory=list)
    _numbers: dict[Slot, int] = field(default_factory=dict)

    def split(self, part: str, source: str) -> Pieces:
        """Cut a part at its outputs and blocks."""
        names = assigned(source)
        shared = part if names or "cycle" in source else ""
        pieces: list[Piece] = []
        for unit in units(source):
            if unit.kind == "literal":
                pieces.extend(from_marked(unit.text))
            else:
                pieces.extend(self._construct(unit, part, names, shared))
        return joined(pieces)

    def _construct(self, unit: Token, part: str, names: set[str], shared: str) -> list[Piece]:
        if unit.name in {"comment", "#"}:
            return []
        if raw := _RAW.fullmatch(unit.text):
            return list(from_marked(raw[1]))
        if is_link(unit.text):
            name = _LINK_NAME.search(unit.text)
            return list(from_marked(LINK_MARKS[name[0]])) if name else []
        is_html = part == "html"
        mode: Mode
        if unit.kind == "output" and is_simple(unit.text, names):
            mode = "escape" if is_html else "text"
            return [("s", self._number(Slot(unit.text)), mode)]
        mode = "text" if part in {"subject", "link"} else "done"
        return [("s", self._number(Slot(unit.text, is_html, shared)), mode)]

    def _number(self, slot: Slot) -> int:
        # What shares variables is rendered in its place and order, so it is never merged.
        if not slot.chain and slot in self._numbers:
            return self._numbers[slot]
        self.slots.append(slot)
        self._numbers[slot] = len(self.slots) - 1
        return len(self.slots) - 1
