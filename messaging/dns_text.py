"""Questions to DNS. The setting DNS_SERVERS names whom to ask; without it the machine's own resolver is asked."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

import dns.exception
import dns.nameserver
import dns.resolver
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
    try:
        answer = _resolver().resolve(name, "TXT", lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, ValueError) as error:
        raise DnsUnanswered(str(error)[:200] or type(error).__name__) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


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
