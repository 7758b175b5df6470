"""The words of a 1:1 email: made safe, their tags filled in for one person, and the tags that stay empty.

What a user types or pastes is HTML from a browser. It is cleaned on the way in, so that nothing in it can
run wherever it is shown again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

import nh3

from contacts import mergefields
from contacts.models import Contact, CustomField, Organization, User
from messaging import personalisation
from messaging.liquid import TemplateError, render
from messaging.liquid.source import tokens
from messaging.rendering import contact_values

# What Trix writes, and what people paste into it.
_TAGS = {"a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p"}
_TAGS |= {"pre", "s", "span", "strong", "sub", "sup", "u", "ul"}
_ATTRIBUTES = {"a": {"href", "title"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_STYLE = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.5;color:#222222"
_ELEMENT = re.compile(r"(<[^>]*>)")
# Up to the last character that is no punctuation; entities end it, but for the ampersand of a query.
_ADDRESS = re.compile(r"https?://(?:[^\s<>\"'{}&]|&amp;)*(?:[^\s<>\"'{}&.,;:!?)\]]|&amp;)")
_PATH = re.compile(r"\{\{-?\s*([a-z_][a-z0-9_.]*)", re.IGNORECASE)
# What a 1:1 email has no use for.
_NOT_PERSONAL = ("links", "list")


def cleaned(html: str) -> str:
    """HTML with nothing in it that could run, hide or fetch."""
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None).strip()


def linked(html: str) -> str:
    """Cleaned HTML with the web addresses that were only typed made into links."""
    parts = _ELEMENT.split(html)
    depth = 0
    for at, part in enumerate(parts):
        if at % 2:
            name = part.lower()
            depth += name.startswith("<a ") - name.startswith("</a")
        elif not depth:
            parts[at] = _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', part)
    return "".join(parts)


def as_page(html: str) -> str:
    """The plain page around what was written: a letter has no layout."""
    head = '<!doctype html><html><head><meta charset="utf-8"></head>'
    return f'{head}<body><div style="{_STYLE}">{html}</div></body></html>'


def translated(text: str) -> str:
    """Tags of ActiveCampaign's style as Liquid."""
    return personalisation.translate_tags(text, custom=set(CustomField.objects.values_list("key", flat=True)))


def values_for(contact: Contact, user: User) -> dict[str, Any]:
    """Everything that a tag may be filled with when this user writes to this contact."""
    keys = CustomField.objects.values_list("key", flat=True)
    found = contact_values([contact.pk], mergefields.paths(keys)).get(contact.pk, {})
    organization = Organization.current()
    address = ", ".join(organization.postal_address.splitlines())
    sender = {"name": user.name, "email": user.email, "company": organization.name, "address": address}
    return {**found, "sender": sender}


def menu() -> list[tuple[str, str]]:
    """The personalisation menu: the tag's name and how it is called."""
    custom = [mergefields.custom_field(field.key, field.label) for field in CustomField.objects.all()]
    fields = [field for field in mergefields.all_fields(custom) if field.group not in _NOT_PERSONAL]
    return [(field.path, str(field.label)) for field in fields]


def empty_tags(text: str, values: Mapping[str, Any]) -> list[str]:
    """The names of tags that say nothing for this person (a tag with a default says that), each once."""
    found: dict[str, None] = {}
    for token in tokens(text):
        name = _PATH.match(token.text) if token.kind == "output" else None
        if name and not _said(unescape(token.text), values):
            found[name[1]] = None
    return list(found)


def fill_in(text: str, given: Mapping[str, str], *, html: bool) -> str:
    """The text with the given values in place of their tags, in this one email only."""

    def replaced(source: str) -> str:
        name = _PATH.match(source)
        if name is None or not given.get(name[1]):
            return source
        # Braces would be read as a tag again.
        value = given[name[1]].replace("{{", "").replace("{%", "")
        return escape(value) if html else value

    return "".join(replaced(token.text) if token.kind == "output" else token.text for token in tokens(text))


def _said(output: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(render(output, values).strip())
    except TemplateError:
        return True  # what is wrong with it is told by the check of the whole
