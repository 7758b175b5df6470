"""The text part made from the HTML: blocks become lines, links keep their addresses.

Works on HTML that a parser has written out again, so every tag is closed and quoted. Layout tables
are read cell by cell, each on a line of its own, as a phone shows them.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
        "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
        "ul",
    }
)  # fmt: skip
_SPACED = frozenset(["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"])
_SKIPPED = frozenset(["head", "script", "style", "template", "title", "textarea", "select"])
_EMPTY = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    }
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
# A comment that only hides one of our marks.
_MARK = re.compile("\ue000\\d+\ue001")


def text_of(source: str) -> str:
    """The visible text of HTML, with addresses in brackets behind their links."""
    walker = _Walker()
    walker.feed(source)
    walker.close()
    return walker.text()


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open_links: list[tuple[str, int]] = []
        self._lists: list[int] = []
        # The element whose hidden content is being skipped, and how many of its name are open in it.
        self._skipping = ""
        self._skip_depth = 0

    def text(self) -> str:
        lines = "".join(self._out).split("\n")
        text = "\n".join(" ".join(line.split(" ")).strip() for line in lines)
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping:
            self._skip_depth += tag == self._skipping
            return
        given = {name: value or "" for name, value in attrs}
        if tag not in _EMPTY and (tag in _SKIPPED or "hidden" in given or _HIDDEN.search(given.get("style", ""))):
            self._skipping, self._skip_depth = tag, 1
            return
        self._break(tag)
        if tag == "br":
            self._out.append("\n")
        elif tag == "hr":
            self._out.append("---\n\n")
        elif tag == "img":
            self._out.append(" ".join(given.get("alt", "").split()))
        elif tag == "a":
            self._open_links.append((given.get("href", "").strip(), len(self._out)))
        elif tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._out.append(self._bullet())

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            self._skip_depth -= tag == self._skipping
            if not self._skip_depth:
                self._skipping = ""
            return
        if tag == "a" and self._open_links:
            self._close_link()
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag not in _EMPTY:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        # No-break spaces stay no words of their own; soft hyphens and joiners pad preheaders.
        words = re.sub(r"[\s\u00a0]+", " ", re.sub("[\u00ad\u034f\u200b-\u200d\u2060\ufeff]", "", data))
        if words == " " and (not self._out or self._out[-1].endswith(("\n", " "))):
            return
        self._out.append(words.lstrip() if not self._out or self._out[-1].endswith("\n") else words)

    def handle_comment(self, data: str) -> None:
        if not self._skipping and _MARK.fullmatch(data):
            self._out.append(data)

    def _break(self, tag: str) -> None:
        if tag not in _BLOCKS:
            return
        wanted = 2 if tag in _SPACED else 1
        # A mark writes nothing itself: what is before it and behind it are neighbours when its block is empty.
        tail = _MARK.sub("", "".join(self._out[-6:]))
        have = len(tail) - len(tail.rstrip("\n"))
        if self._out and have < wanted:
            self._out.append("\n" * (wanted - have))

    def _bullet(self) -> str:
        if self._lists and self._lists[-1]:
            self._lists[-1] += 1
            return f"{self._lists[-1] - 1}. "
        return "- "

    def _close_link(self) -> None:
        address, since = self._open_links.pop()
        label = " ".join("".join(self._out[since:]).split())
        if not address or address.startswith("#"):
            return
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if label == bare:
            return
        self._out.append(f" ({address})" if label else address)
