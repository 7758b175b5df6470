"""Which hosts we may open connections to: those of the internet, and what the operator allowed.

An administrator types a host name into a form; without this the form could be used to knock on doors
inside the operator's network (SSRF). Names are resolved first and every address is judged, since a public
name may point inside. Whoever connects later asks again: names can change between test and use.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address


class HostRefusedError(Exception):
    """A host that must not, or cannot, be connected to. Its words are meant for the administrator."""

    permanent = True


def check_host(host: str) -> None:
    """Refuse a host that is unknown, or that leads into a private range which is not allowed.

    Allowed ranges and names: the setting RELAY_ALLOW_PRIVATE_HOSTS. Raises HostRefusedError.
    """
    names, networks = _allowed(settings.RELAY_ALLOW_PRIVATE_HOSTS)
    if host.lower().rstrip(".") in names:
        return
    for address in _resolve(host):
        if not address.is_global and not any(address in network for network in networks):
            raise HostRefusedError(
                f"{host} leads to {address}, an address inside a private network. If your mail server is there, "
                "name it in RELAY_ALLOW_PRIVATE_HOSTS."
            )


def check_url(url: str) -> None:
    """The same for the host of an http or https URL. Raises HostRefusedError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise HostRefusedError(f"{url} is not an http or https address.")
    check_host(parts.hostname)


def _allowed(entries: Iterable[str]) -> tuple[set[str], list[IPv4Network | IPv6Network]]:
    names: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry.strip(), strict=False))
        except ValueError:
            names.add(entry.strip().lower())
    return names, networks


def _resolve(host: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostRefusedError(f"No address is known for {host}.") from error
    addresses = [ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    return [getattr(address, "ipv4_mapped", None) or address for address in addresses]
