"""Questions to DNS. The setting DNS_SERVERS names whom to ask; without it the machine's own resolver is asked."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.nameserver
import dns.resolver
import dns.reversename
from django.conf import settings

# For all tries of one question.
DNS_SECONDS = 5.0

# Answers with the texts of a name's TXT records. Raises DnsUnanswered.
AskText = Callable[[str], list[str]]


class DnsUnanswered(Exception):
    """Nobody answered, or with an error: whether the record is there is not known."""

    permanent = False


def ask_text(name: str) -> list[str]:
    """The TXT records of a name, the strings of each joined; none where there are none. Raises DnsUnanswered."""
    return [b"".join(record.strings).decode("utf-8", "replace") for record in _ask(name, "TXT")]


def ask_addresses(name: str) -> list[str]:
    """The IPv4 and IPv6 addresses of a name. Raises DnsUnanswered."""
    return [record.to_text() for kind in ("A", "AAAA") for record in _ask(name, kind)]


def ask_names(address: str) -> list[str]:
    """The reverse names of an IP address (PTR), in lower case and without the final dot. Raises DnsUnanswered."""
    reverse = dns.reversename.from_address(address).to_text()
    return [record.to_text().rstrip(".").lower() for record in _ask(reverse, "PTR")]


def _ask(name: str, kind: str) -> list[Any]:
    try:
        return list(_resolver().resolve(name, kind, lifetime=DNS_SECONDS))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, ValueError) as error:
        raise DnsUnanswered(str(error)[:200] or type(error).__name__) from error


def _resolver() -> dns.resolver.Resolver:
    servers: list[str] = settings.DNS_SERVERS
    if not servers:
        return dns.resolver.get_default_resolver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(*place_of(server)) for server in servers]
    return resolver


def place_of(server: str) -> tuple[str, int]:
    """Address and port of an entry of DNS_SERVERS; IPv6 with a port is in brackets. Raises ValueError."""
    host, colon, port = server.strip().rpartition(":")
    has_port = bool(colon) and port.isdigit() and (host.startswith("[") or ":" not in host)
    address = ip_address((host if has_port else server.strip()).strip("[]"))
    return str(address), int(port) if has_port else 53
