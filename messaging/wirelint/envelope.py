"""Rules over the envelope that a message travelled in; silent where none was given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from messaging.wirelint.reading import Received, Way, rule

_ADDRESS = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^\s<>",;()]+)@[^\s<>",;()]+)')


def mentioned(mail: Received, *names: str) -> list[str]:
    """The addresses in some fields, outside quoted display names."""
    values = (re.sub(r'"(?:[^"\\]|\\.)*"(?!@)', "", value) for name in names for value in mail.message.values(name))
    return [address for value in values for address in _ADDRESS.findall(value)]


@rule
def size_is_true(mail: Received) -> Iterator[str]:
    """RFC 1870 section 6: SIZE is the number of octets with CRLF line ends, before dots are stuffed."""
    for option in _way(mail).options:
        if option.startswith("SIZE=") and option != f"SIZE={len(mail.raw)}":
            yield f"{option} for {len(mail.raw)} octets"


@rule
def smtputf8_only_where_needed(mail: Received) -> Iterator[str]:
    """RFC 6531 section 3.4: not asked for when neither envelope nor header needs it."""
    way = _way(mail)
    needed = not ("".join((way.sender, *way.recipients)).isascii() and mail.message.block.isascii())
    if mail.smtputf8 and way.recipients and not needed:
        yield "SMTPUTF8 for a message that needs none"
    if needed and way.recipients and not mail.smtputf8:
        yield "an address beyond ASCII without SMTPUTF8"


@rule
def body_is_declared(mail: Received) -> Iterator[str]:
    """RFC 6152 section 2: 8BITMIME for 8-bit content; ours is 7-bit by design, so it is never asked for."""
    if any(option.startswith("BODY=8BITMIME") for option in _way(mail).options) and mail.body.isascii():
        yield "BODY=8BITMIME for 7-bit content"


@rule
def header_names_the_recipient(mail: Received) -> Iterator[str]:
    """MAIL.md: one message a recipient. To names whom the envelope names, and nobody sees anybody else."""
    way = _way(mail)
    shown = {_folded(address) for address in mentioned(mail, "to", "cc")}
    if way.recipients and mail.purpose != "one_to_one" and {_folded(one) for one in way.recipients} != shown:
        yield "the recipients in the header are not those of the envelope"


@rule
def sender_is_aligned(mail: Received) -> Iterator[str]:
    """RFC 7489 section 3.1.2: SPF helps DMARC only where MAIL FROM and From share their organisational domain."""
    sender = _way(mail).sender.rpartition("@")[2].lower()
    author = next(iter(mentioned(mail, "from")), "").rpartition("@")[2].lower()
    if sender and author and not (f".{sender}".endswith(f".{author}") or f".{author}".endswith(f".{sender}")):
        yield "a MAIL FROM of another domain than From's"


@rule
def paths_fit(mail: Received) -> Iterator[str]:
    """RFC 5321 section 4.5.3.1: 64 octets before the @ (also of a VERP address), 254 in all; domains as A-labels."""
    way = _way(mail)
    for address in filter(None, (way.sender, *way.recipients)):
        local, _, domain = address.rpartition("@")
        if len(local.encode()) > 64 or len(address.encode()) > 254:
            yield "a path of the envelope that is too long"
        if not re.fullmatch(r"[a-z0-9.-]+", domain):
            yield "a domain of the envelope that is no A-label in lower case"


def _way(mail: Received) -> Way:
    return mail.way or Way()


def _folded(address: str) -> str:
    """Quotes say nothing (RFC 5321 section 4.1.2), and servers drop them."""
    local, _, domain = address.rpartition("@")
    if local.startswith('"') and local.endswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{local}@{domain.lower()}"
