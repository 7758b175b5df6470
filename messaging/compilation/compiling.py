"""From a mailing's source to its compilation, once per mailing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from messaging.compilation.checking import check_mailing, normalised
from messaging.compilation.compiled import CompiledMailing, Link
from messaging.compilation.parts import parts_of
from messaging.compilation.pieces import LINK_MARKS, Mode, Piece, Pieces, from_marked, joined
from messaging.compilation.slots import Slot, is_simple
from messaging.compilation.source import CompileError, MailingSource
from messaging.liquid import assigned, paths_used
from messaging.liquid.source import Token, units
from messaging.personalisation import is_link

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_LINK_NAME = re.compile(r"unsubscribe_url|preferences_url|view_url")


def compile_mailing(source: MailingSource) -> CompiledMailing:
    """Parse, inline, derive, number and cut. Raises CompileError with every problem found."""
    source = normalised(source)
    if problems := check_mailing(source):
        raise CompileError(*problems)
    table = SlotTable()
    parts = parts_of(source)
    subject, html, text = (table.split(part, getattr(parts, part)) for part in ("subject", "html", "text"))
    numbered = [_link(table, number, url, label) for number, (url, label) in enumerate(parts.links, 1)]
    return CompiledMailing(
        purpose=source.purpose,
        from_name=source.from_name,
        from_email=source.from_email,
        reply_to=source.reply_to,
        base_url=source.base_url.rstrip("/"),
        reply_domain=source.reply_domain,
        subject=subject,
        html=html,
        text=text,
        slots=tuple(table.slots),
        links=tuple(numbered),
        paths=frozenset(path for slot in table.slots for path in paths_used(slot.source)) - set(LINK_MARKS),
    )


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
