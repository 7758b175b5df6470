"""What an HTML email is made of, as far as the checks ask: images, links, words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from messaging.liquid.source import tokens

# A Liquid tag stands as this word while the page is parsed; its own quotes would end attributes.
_LIQUID = "LIQUIDTAG"


@dataclass(frozen=True)
class Picture:
    """An image: its address and its description (None where there is none at all)."""

    src: str
    alt: str | None


@dataclass(frozen=True)
class Anchor:
    """A link: its address and what is pressed."""

    href: str
    label: str

    @property
    def is_liquid(self) -> bool:
        """Whether the address is made by a tag, and so cannot be judged before it is filled."""
        return self.href.startswith(_LIQUID)

    @property
    def scheme(self) -> str:
        """`https`, `mailto` …; empty for an address without one."""
        try:
            return urlsplit(self.href).scheme.lower()
        except ValueError:
            return ""


@dataclass(frozen=True)
class Anatomy:
    """The parts of a page that the checks look at."""

    images: tuple[Picture, ...]
    links: tuple[Anchor, ...]
    words: str


def dissect(html: str) -> Anatomy:
    """Take a page apart. Never fails: what cannot be parsed has no parts."""
    tree = LexborHTMLParser(_without_liquid(html) or "<p></p>")
    tree.strip_tags(["style", "script", "title"])
    body = tree.body
    return Anatomy(
        images=tuple(Picture(node.attributes.get("src") or "", node.attributes.get("alt")) for node in tree.css("img")),
        links=tuple(Anchor((node.attributes.get("href") or "").strip(), _label(node)) for node in tree.css("a")),
        words=" ".join(body.text(separator=" ").split()) if body else "",
    )


def _label(node: LexborNode) -> str:
    words = " ".join(node.text(separator=" ").split()).replace(_LIQUID, "…")
    if words:
        return words[:80]
    image = node.css_first("img")
    return (image.attributes.get("alt") or "" if image else "")[:80]


def _without_liquid(html: str) -> str:
    return "".join(
        token.text if token.kind == "literal" else _LIQUID if token.kind == "output" else "" for token in tokens(html)
    )
