"""Addresses as SMTP and headers need them."""

from __future__ import annotations

import re
from functools import lru_cache
from uuid import uuid4

import idna

from messaging.mime.errors import AddressRefused

# RFC 5322 section 3.2.3, dot-atom; RFC 5321 section 4.5.3.1 for the lengths.
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*\Z")
_QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"\Z')
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
)
MAX_LOCAL, MAX_ADDRESS = 64, 254


def wire_address(address: str) -> str:
    """The address with its domain as A-labels (RFC 5890), in lower case. Raises AddressRefused."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and local and domain):
        raise AddressRefused("no_address", "An address has a local part, an @ and a domain.")
    if not local.isascii():
        raise AddressRefused("needs_smtputf8", "The part before the @ is not ASCII, which needs SMTPUTF8 (RFC 6531).")
    if not (_PLAIN.match(local) or _QUOTED.match(local)):
        local = _quoted(local)
    wire = f"{local}@{wire_domain(domain)}"
    if len(local) > MAX_LOCAL or len(wire) > MAX_ADDRESS:
        raise AddressRefused("too_long", "The address is longer than RFC 5321 section 4.5.3.1 allows.")
    return wire


def new_message_id(domain: str) -> str:
    """A Message-ID without its brackets (RFC 5322 section 3.6.4), on a domain of ours or the sender's."""
    return f"{uuid4().hex}@{wire_domain(domain)}"


def _quoted(local: str) -> str:
    """Addresses such as `a..b@` exist; only quoted do they follow the rules."""
    if not local.isprintable() or '"' in local or "\\" in local or " " in local:
        raise AddressRefused("bad_local_part", "The part before the @ has characters that no address may have.")
    return f'"{local}"'


@lru_cache(maxsize=4096)
def wire_domain(domain: str) -> str:
    """A domain as A-labels (RFC 5890), in lower case. Raises AddressRefused."""
    try:
        host = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressRefused("bad_domain", "The domain is not a valid internationalised name.") from error
    host = host.lower().rstrip(".")
    if not _HOST.match(host) or len(host) > 253:
        raise AddressRefused("bad_domain", "The domain is not a host name.")
    return host
