"""Addresses as SMTP and headers need them."""

from __future__ import annotations

import re
import unicodedata
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
# RFC 6531 section 3.3: atext, extended by every character beyond ASCII; controls, separators and unassigned are none.
_UTEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
_INTERNATIONAL = re.compile(rf"{_UTEXT}(?:\.{_UTEXT})*\Z")
_NO_LETTER = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"})
# What emoji and some scripts need between their letters (RFC 5892 appendix A.1 and A.2).
_JOINERS = "\u200c\u200d"
MAX_LOCAL, MAX_ADDRESS = 64, 254


def wire_address(address: str) -> str:
    """The address with its domain as A-labels (RFC 5890), in lower case. Raises AddressRefused.

    A local part beyond ASCII stays as it is, normalised (RFC 6532 section 3.1): such an address can be sent to
    where SMTPUTF8 is offered, which only the connection knows.
    """
    local, at, domain = address.strip().rpartition("@")
    if not (at and local and domain):
        raise AddressRefused("no_address", "An address has a local part, an @ and a domain.")
    if "=?" in local:
        # Its letters are allowed, but readers decode it wherever it stands, line ends within and all (CVE-2024-6923).
        raise AddressRefused("bad_local_part", "The part before the @ looks like an encoded word.")
    if not local.isascii():
        local = _international(local)
    elif not (_PLAIN.match(local) or _QUOTED.match(local)):
        local = _quoted(local)
    wire = f"{local}@{wire_domain(domain)}"
    # Octets, not characters (RFC 6531 section 3.3 leaves the limits as they are).
    if len(local.encode()) > MAX_LOCAL or len(wire.encode()) > MAX_ADDRESS:
        raise AddressRefused("too_long", "The address is longer than RFC 5321 section 4.5.3.1 allows.")
    return wire


def new_message_id(domain: str) -> str:
    """A Message-ID without its brackets (RFC 5322 section 3.6.4), on a domain of ours or the sender's."""
    return f"{uuid4().hex}@{wire_domain(domain)}"


def _international(local: str) -> str:
    local = unicodedata.normalize("NFC", local)
    if not _INTERNATIONAL.match(local) or any(
        unicodedata.category(one) in _NO_LETTER and one not in _JOINERS for one in local
    ):
        raise AddressRefused("bad_local_part", "The part before the @ has characters that no address may have.")
    return local


def _quoted(local: str) -> str:
    """Addresses such as `a..b@` exist; only quoted do they follow the rules."""
    if not local.isprintable() or '"' in local or "\\" in local or " " in local:
        raise AddressRefused("bad_local_part", "The part before the @ has characters that no address may have.")
    return f'"{local}"'


@lru_cache(maxsize=4096)
def wire_domain(domain: str) -> str:
    """A domain as A-labels (RFC 5890), in lower case. Raises AddressRefused."""
    if len(domain) > MAX_ADDRESS:
        raise AddressRefused("bad_domain", "The domain is longer than a host name can be.")
    try:
        host = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError as error:  # idna's own errors, and a lone surrogate's
        raise AddressRefused("bad_domain", "The domain is not a valid internationalised name.") from error
    host = host.lower().rstrip(".")
    if not _HOST.match(host) or len(host) > 253:
        raise AddressRefused("bad_domain", "The domain is not a host name.")
    return host
