"""Links that are counted: each becomes a number, and redirects lead only to what is numbered here.

A link is counted when its scheme and host are written out. Liquid in its path or query is filled in
at the redirect from the message's stored slots, and the host is compared once more. A link whose host
comes from a contact's data is left alone: counting it would make a redirect to anywhere.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from messaging.compilation.markup import FACT_CLOSE, FACT_OPEN, Hidden
from messaging.liquid.source import Token

_TAG = re.compile(r"""<(?P<name>a|area|v:\w+)(?=[\s>])(?P<rest>(?:[^>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
_HREF = re.compile(r"""(?P<before>\shref=)(?P<quote>["'])(?P<url>.*?)(?P=quote)""", re.IGNORECASE | re.DOTALL)
_OPT_OUT = re.compile(r"""\sdata-no-track(?:=(?:"[^"]*"|'[^']*'))?""", re.IGNORECASE)
_HOST_WRITTEN_OUT = re.compile(r"https?://[^/?#\s\ue000-\ue00f@\\]+(?=[/?#]|\Z)", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]", re.IGNORECASE)
_LABEL_END = re.compile(r"</a\s*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile("\ue000(\\d+)\ue001")
MAX_LABEL = 200


@dataclass
class LinkTable:
    """The links found so far, by their source: the same address has one number in both parts."""

    hidden: Hidden
    assigned: set[str]
    numbers: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)

    def mark(self, url: str, label: str, depth: int) -> str:
        """The mark that stands for a link, or the address itself where it is not counted."""
        if not _HOST_WRITTEN_OUT.match(url) or not self._fillable(url, depth):
            return url
        source = self.hidden.restore(url)
        if source not in self.numbers:
            self.numbers[source] = len(self.numbers) + 1
            self.labels.append(" ".join(label.split())[:MAX_LABEL])
        return f"{FACT_OPEN}{self.numbers[source]}{FACT_CLOSE}"

    def _fillable(self, url: str, depth: int) -> bool:
        """Whether the address can be filled in apart from its surroundings: no loop's or own variable."""
        constructs = [self.hidden.constructs[int(number)] for number in _MARK.findall(url)]
        if not constructs:
            return True
        own_names = re.compile("|".join(map(re.escape, self.assigned)) or r"(?!)")
        return depth == 0 and not any(own_names.search(construct.text) for construct in constructs)


def rewrite_html(source: str, table: LinkTable) -> str:
    """Put marks in place of the addresses of links, also in Outlook's conditional comments."""
    depths = _Depths(source, table.hidden)

    def rewritten(match: re.Match[str]) -> str:
        if _OPT_OUT.search(match["rest"]):
            return _OPT_OUT.sub("", match[0])
        ending = _LABEL_END.search(source, match.end())
        label = _label(table.hidden, source[match.end() : ending.start()]) if ending else ""
        depth = depths.at(match.start())

        def marked(href: re.Match[str]) -> str:
            url = html.unescape(href["url"]).strip()
            mark = table.mark(url, label, depth)
            return href[0] if mark == url else f"{href['before']}{href['quote']}{mark}{href['quote']}"

        return _HREF.sub(marked, match[0], count=1)

    return _TAG.sub(rewritten, source)


def rewrite_text(source: str, table: LinkTable) -> str:
    """Put marks in place of the addresses in a plain text."""
    depths = _Depths(source, table.hidden)
    return _IN_TEXT.sub(lambda match: table.mark(match[0], match[0], depths.at(match.start())), source)


class _Depths:
    """How many blocks are open at a position; asked in rising order."""

    def __init__(self, source: str, hidden: Hidden) -> None:
        self._marks = [(match.start(), hidden.constructs[int(match[1])]) for match in _MARK.finditer(source)]
        self._next = 0
        self._depth = 0

    def at(self, position: int) -> int:
        while self._next < len(self._marks) and self._marks[self._next][0] < position:
            self._depth += _change(self._marks[self._next][1])
            self._next += 1
        return self._depth


def _change(token: Token) -> int:
    if token.kind == "output" or token.name in {"raw", "comment"}:
        return 0
    if token.name in {"if", "unless", "case", "for", "capture"}:
        return 1
    return -1 if token.name.startswith("end") else 0


def _label(hidden: Hidden, inner: str) -> str:
    images = re.search(r'\balt="([^"]+)"', inner)
    text = html.unescape(_ANY_TAG.sub(" ", inner)).strip()
    return hidden.restore(text or (html.unescape(images[1]) if images else ""))
