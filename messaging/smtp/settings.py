"""How a server is reached, and how long it is waited for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Security = Literal["none", "starttls", "tls"]
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. RFC 5321 section 4.5.3.2 gives the least; shorter ones make duplicates."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    end_of_data: float = 600
    # Nothing depends on the answer to QUIT.
    quit: float = 5


class TokenUnavailable(Exception):
    """There is no access token to log in with, and the words say why: a grant that was revoked, for example."""


# Given False, a token that is believed good; given True after the server refused that one, a new one.
# Raises TokenUnavailable.
AccessToken = Callable[[bool], str]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One server and login. `security` is never weakened: what was asked for is had, or nothing is sent."""

    host: str
    port: int = 587
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    # Logs in by XOAUTH2 in place of a password; asked for each connection, so that it may be refreshed.
    access_token: AccessToken | None = field(default=None, repr=False, compare=False)
    verify: bool = True
    # A file of certificates to trust beside the system's, for a house with an authority of its own.
    ca_file: str = ""
    local_hostname: str = ""
    # Servers count per connection, and load balancers spread by it.
    messages_per_connection: int = 1000
    timeouts: Timeouts = field(default_factory=Timeouts)

    @property
    def greeting_name(self) -> str:
        """The name for EHLO (RFC 5321 section 4.1.1.1): a full one, or an address in brackets."""
        name = self.local_hostname or socket.gethostname()
        return name if "." in name and name.isascii() else "[127.0.0.1]"

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine on the way to the server."""
        return self.host in _LOOPBACK
