"""Writing HTML around Liquid: text escaped, rich text sanitised, links completed, and every tag kept as written."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

import nh3

from messaging.liquid.source import tokens

# What people write in a text block. Anything else is dropped and its text kept.
RICH_TAGS = {"p", "br", "strong", "b", "em", "i", "u", "s", "a", "ul", "ol", "li", "sub", "sup", "code"}
INLINE_TAGS = RICH_TAGS - {"p", "ul", "ol", "li"}
SCHEMES = {"https", "http", "mailto", "tel", "sms"}

# A Liquid tag stands as one of these while HTML is worked on; no text of ours may hold one.
_HOLE = re.compile("\ue000([0-9]+)\ue001")
_RESERVED = dict.fromkeys((0xE000, 0xE001))
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
# "www.example.com/x", "example.com": what people type when they mean a web address.
_BARE_HOST = re.compile(r"[^\s/:@]+\.[a-zA-Z]{2,}(?:[:/?#].*)?\Z", re.DOTALL)


def around_liquid(text: str, change: Callable[[str], str]) -> str:
    """Change a text with its Liquid tags out of sight, then put them back as they were written."""
    held: list[str] = []
    parts: list[str] = []
    for token in tokens(text.translate(_RESERVED)):
        if token.kind == "literal":
            parts.append(token.text)
        else:
            held.append(token.text)
            parts.append(f"\ue000{len(held) - 1}\ue001")
    return _HOLE.sub(lambda hole: held[int(hole[1])], change("".join(parts)))


def text(value: str) -> str:
    """Escape plain text for HTML, Liquid kept."""
    return around_liquid(value, lambda plain: escape(plain, quote=False))


def lines(value: str) -> str:
    """Escape plain text of several lines; each line end becomes a break."""
    return text(value.strip()).replace("\r\n", "\n").replace("\n", "<br>\n")


def attribute(value: str) -> str:
    """Escape a value for a double-quoted attribute, Liquid kept (the compiler takes it out before it parses)."""
    return around_liquid(" ".join(value.split()), lambda plain: escape(plain, quote=True))


def rich(value: str, *, styles: dict[str, str] | None = None, inline: bool = False) -> str:
    """Sanitise the HTML of a text field; `styles` puts a style attribute on each tag of a name.

    Mail clients ignore style sheets often enough that each tag carries its own.
    """
    tags = INLINE_TAGS if inline else RICH_TAGS
    dress = {tag: {"style": style} for tag, style in (styles or {}).items() if tag in tags}
    return around_liquid(
        value,
        lambda html: nh3.clean(
            html,
            tags=tags,
            attributes={"a": {"href", "title"}},
            url_schemes=SCHEMES,
            link_rel=None,
            set_tag_attribute_values=dress,
            attribute_filter=_complete_links,
        ),
    )


def _complete_links(tag: str, name: str, value: str) -> str | None:
    return complete_url(value) if tag == "a" and name == "href" else value


def complete_url(value: str) -> str:
    """A link as it was meant: spaces trimmed, `https://` put before a bare host, `mailto:` before an address."""
    url = value.strip()
    if not url or url.startswith(("#", "\ue000", "{{", "{%")) or _SCHEME.match(url):
        return url if not _is_host_with_port(url) else f"https://{url}"
    if "@" in url and "/" not in url:
        return f"mailto:{url}"
    return f"https://{url}" if _BARE_HOST.match(url) else url


def _is_host_with_port(url: str) -> bool:
    return bool(re.match(r"[\w.-]+\.[a-zA-Z]{2,}:\d+(?:/|\Z)", url))


def refused_scheme(url: str) -> str:
    """The scheme of a link if it is one that mail must not carry (`javascript`), else an empty string."""
    match = _SCHEME.match(re.sub(r"[\x00-\x20]", "", unescape(url)))
    return match[1].lower() if match and match[1].lower() not in SCHEMES else ""


def is_blank(html: str) -> bool:
    """Whether rich text shows nothing."""
    return not unescape(re.sub(r"<[^>]*>", "", html)).strip()


def table(rows: str, attributes: str = 'width="100%"') -> str:
    """A table for layout, which screen readers are told to pass over."""
    return f'<table role="presentation" border="0" cellpadding="0" cellspacing="0" {attributes}>{rows}</table>'
