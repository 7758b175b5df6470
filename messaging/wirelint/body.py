"""Rules over parts and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from messaging.wirelint.reading import Entity, Received, rule

_TAGS = re.compile(r"<(style|script|title|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"""\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MARKS = re.compile("[\ue000-\ue00f]")


def visible(part: Entity) -> str:
    """A part's words, without markup."""
    text = part.text
    return unescape(_TAGS.sub(" ", text)) if part.content_type == "text/html" else text


def addresses(part: Entity) -> list[str]:
    """Where the links and images of a part lead."""
    if part.content_type != "text/html":
        return re.findall(r"https?://[^\s<>()\"]+", part.text)
    return [unescape(double or single).strip() for double, single in _ADDRESS.findall(part.text)]


@rule
def structure(mail: Received) -> Iterator[str]:
    """RFC 2046 section 5.1: text before HTML in an alternative, attachments in a mixed around it."""
    body = mail.message
    if body.content_type == "multipart/mixed":
        if not body.parts:
            yield "a multipart/mixed without parts"
            return
        for part in body.parts[1:]:
            if not part.value("content-disposition").startswith("attachment"):
                yield "a part of a multipart/mixed that is no attachment"
        body = body.parts[0]
    if body.content_type == "multipart/alternative":
        if [part.content_type for part in body.parts] != ["text/plain", "text/html"]:
            yield "a multipart/alternative that is not text, then HTML"
    elif body.content_type != "text/plain":
        yield f"a body of type {body.content_type}"


@rule
def boundaries_close(mail: Received) -> Iterator[str]:
    """RFC 2046 section 5.1.1: each boundary delimits its own parts, and is closed."""
    for entity in _multiparts(mail.message):
        boundary = entity.parameter("boundary").encode()
        if not boundary or len(boundary) > 70:
            yield "a boundary of no or more than 70 characters"
        elif entity.body.count(b"--" + boundary + b"--\r\n") != 1:
            yield "a boundary that is not closed once"
        elif entity.body.count(b"--" + boundary) != len(entity.parts) + 1:
            yield "a boundary that occurs within a part"


@rule
def charset_is_utf8(mail: Received) -> Iterator[str]:
    """MAIL.md: text is UTF-8 and says so (RFC 2046 section 4.1.2)."""
    for part in _texts(mail):
        if part.parameter("charset").lower() != "utf-8":
            yield f"a {part.content_type} part that does not say utf-8"
        try:
            part.content.decode("utf-8")
        except UnicodeDecodeError:
            yield f"a {part.content_type} part that is not UTF-8"


@rule
def encodings_carry(mail: Received) -> Iterator[str]:
    """RFC 2045 section 6: what a server without 8BITMIME can carry."""
    for part in mail.message.leaves():
        if part.encoding not in {"7bit", "quoted-printable", "base64"}:
            yield f"a transfer encoding of {part.encoding}"


@rule
def both_parts_speak(mail: Received) -> Iterator[str]:
    """RFC 2046 section 5.1.4: alternatives say the same; at least both say something."""
    for part in _texts(mail):
        has_picture = part.content_type == "text/html" and "<img" in part.text
        if not visible(part).strip() and not has_picture:
            yield f"an empty {part.content_type} part"


@rule
def parts_say_the_same(mail: Received) -> Iterator[str]:
    """RFC 2046 section 5.1.4: most words of the one are in the other; who reads text only misses nothing."""
    page, plain = mail.leaf("text/html"), mail.leaf("text/plain")
    if page is None or plain is None:
        return
    said, written = _words(page), _words(plain)
    if len(said) >= 12 and len(said & written) * 3 < len(said):
        yield "most words of the HTML part are missing in the text part"


@rule
def parts_lead_to_the_same(mail: Received) -> Iterator[str]:
    """Half of what the HTML links to is in the text as well, so that it is an alternative."""
    page, plain = mail.leaf("text/html"), mail.leaf("text/plain")
    if page is None or plain is None:
        return
    anchors = re.findall(r'<a\b[^>]*?href="(https?://[^"]+)"[^>]*>(?!</a>)', page.text)
    linked = {unescape(anchor) for anchor in anchors}
    missing = {address for address in linked if address not in plain.text}
    if len(linked) > 2 and len(missing) * 2 > len(linked):
        yield "most links of the HTML part are missing in the text part"


@rule
def no_marks_left(mail: Received) -> Iterator[str]:
    """The compiler's own characters never leave the house."""
    for part in _texts(mail):
        if _MARKS.search(part.text):
            yield f"a private-use mark in the {part.content_type} part"


@rule
def links_are_harmless(mail: Received) -> Iterator[str]:
    """MAIL.md, Abuse: no link runs code, whatever a contact's field held."""
    for part in _texts(mail):
        for address in addresses(part):
            bare = re.sub(r"[\x00-\x20]", "", address).lower()
            if bare.startswith(("javascript:", "vbscript:", "data:text", "file:")):
                yield "a link that runs code or opens a file"


def _words(part: Entity) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", visible(part).lower()))


def _texts(mail: Received) -> list[Entity]:
    return [part for part in (mail.leaf("text/plain"), mail.leaf("text/html")) if part is not None]


def _multiparts(entity: Entity) -> Iterator[Entity]:
    if entity.content_type.startswith("multipart/"):
        yield entity
    for part in entity.parts:
        yield from _multiparts(part)
