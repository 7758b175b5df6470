"""Rules by purpose: what marketing mail must have, and other mail must not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from messaging.wirelint.body import addresses, visible
from messaging.wirelint.envelope import mentioned
from messaging.wirelint.reading import Received, rule

_LOOPBACK = {"localhost", "127.0.0.1", "::1", "testserver"}
_OUR_PATH = re.compile(r"/[coupv]/[A-Za-z0-9_-]{16,}")
_ANCHOR = re.compile(r"<a\b[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)


def _ours(mail: Received) -> list[str]:
    """The addresses in the parts that hold a token of ours."""
    parts = (mail.leaf("text/plain"), mail.leaf("text/html"))
    found = [address for part in parts if part for address in addresses(part)]
    return [address for address in found if _OUR_PATH.search(address)]


def _letters(text: str) -> str:
    """What is seen of a text; white space is folded and controls are dropped on the way."""
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def _web(mail: Received) -> str:
    found = re.findall(r"<(https?://[^>\s]+)>", mail.message.value("list-unsubscribe"))
    return found[0] if found else ""


@rule
def one_click(mail: Received) -> Iterator[str]:
    """RFC 8058 section 3.1: an https URI, and the Post field with its one value."""
    if mail.purpose != "marketing":
        return
    web = _web(mail)
    if not web:
        yield "no web address in List-Unsubscribe"
    elif not web.startswith("https://") and urlsplit(web).hostname not in _LOOPBACK:
        yield "a List-Unsubscribe address that is not https"
    if mail.message.value("list-unsubscribe-post") != "List-Unsubscribe=One-Click":
        yield "no List-Unsubscribe-Post: List-Unsubscribe=One-Click"


@rule
def unsubscribe_by_mail(mail: Received) -> Iterator[str]:
    """RFC 2369 section 3.2: an address for those who cannot post; its local part within 64 octets."""
    if mail.purpose != "marketing":
        return
    found = re.search(r"<mailto:([^>@\s]+)@([^>\s]+)>", mail.message.value("list-unsubscribe"))
    if found is None:
        yield "no mailto address in List-Unsubscribe"
    elif len(found[1]) > 64:
        yield "a mailto address in List-Unsubscribe whose local part is too long"


@rule
def list_id(mail: Received) -> Iterator[str]:
    """RFC 2919 section 2: an id like a domain name, in angle brackets."""
    if mail.purpose == "marketing" and not re.search(
        r"<[A-Za-z0-9._-]+\.[A-Za-z0-9._-]+>$", mail.message.value("list-id")
    ):
        yield "no List-Id"


@rule
def feedback_id(mail: Received) -> Iterator[str]:
    """Gmail's feedback loop: up to four words, the last one the sender's."""
    value = mail.message.value("feedback-id")
    if mail.purpose == "marketing" and not re.fullmatch(r"[^:\s]+(?::[^:\s]*){0,3}", value):
        yield "no Feedback-ID"


@rule
def visible_way_out(mail: Received) -> Iterator[str]:
    """CAN-SPAM section 5(a)(3), Google's and Yahoo's rules: an unsubscribe link that is seen, in each part."""
    if mail.purpose != "marketing" or not _web(mail):
        return
    for kind in ("text/plain", "text/html"):
        part = mail.leaf(kind)
        if part is not None and _web(mail) not in addresses(part):
            yield f"no unsubscribe link in the {kind} part"


@rule
def postal_address(mail: Received) -> Iterator[str]:
    """CAN-SPAM section 5(a)(5): the sender's postal address, in each part."""
    if mail.purpose != "marketing" or not mail.postal_address:
        return
    wanted = _letters(mail.postal_address)
    for kind in ("text/plain", "text/html"):
        part = mail.leaf(kind)
        if part is not None and wanted not in _letters(visible(part)):
            yield f"no postal address in the {kind} part"


@rule
def nobody_named_in_addresses(mail: Received) -> Iterator[str]:
    """MAIL.md: no personal data in the addresses that we make: they end up in logs and histories."""
    for recipient in mentioned(mail, "to"):
        names = {recipient.lower(), quote(recipient, safe="").lower()}
        if any(name in address.lower() for name in names for address in {_web(mail), *_ours(mail)}):
            yield "the recipient's address in an address of ours"


@rule
def our_links_are_https(mail: Received) -> Iterator[str]:
    """MAIL.md: links that hold a token are https, but on this machine itself."""
    for address in _ours(mail):
        if not address.startswith("https://") and urlsplit(address).hostname not in _LOOPBACK:
            yield "a link of ours that is not https"


@rule
def no_list_fields_elsewhere(mail: Received) -> Iterator[str]:
    """MAIL.md: transactional and 1:1 mail has none of the list fields."""
    if mail.purpose == "marketing":
        return
    for name, _ in mail.message.fields:
        if name.startswith("list-") or name == "feedback-id":
            yield f"{name} in {mail.purpose} mail"


@rule
def programs_say_so(mail: Received) -> Iterator[str]:
    """RFC 3834 section 5: what no person wrote to this recipient says so, so that no machine answers it."""
    value = mail.message.value("auto-submitted")
    if mail.purpose == "transactional" and value != "auto-generated":
        yield "transactional mail without Auto-Submitted: auto-generated"
    if mail.purpose == "one_to_one" and value:
        yield "a person's mail with Auto-Submitted"


@rule
def no_way_out_elsewhere(mail: Received) -> Iterator[str]:
    """MAIL.md: transactional and 1:1 mail offers no unsubscribing."""
    if mail.purpose == "marketing":
        return
    if any(re.search(r"/u/[A-Za-z0-9_-]{16,}", address) for address in _ours(mail)):
        yield f"an unsubscribe address in {mail.purpose} mail"
    page = mail.leaf("text/html")
    if page and any(re.search(r"\bunsubscribe\b", label, re.IGNORECASE) for label in _ANCHOR.findall(page.text)):
        yield f"an unsubscribe link in {mail.purpose} mail"
