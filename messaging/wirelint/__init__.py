"""The wire lint: rules over the bytes that a server received, run on every message of the whole suite.

It shares no code with what builds messages. Each rule is a function with the section it comes from.
"""

from __future__ import annotations

from messaging.wirelint import body, fields, lines, purposes, signatures
from messaging.wirelint.reading import Received, rules

__all__ = ["lint"]

_FAMILIES = (lines, fields, body, purposes, signatures)


def lint(raw: bytes, *, purpose: str, postal_address: str = "", smtputf8: bool = False) -> list[str]:
    """Every violation in a message as received, each with its rule's name; an empty list is a clean message.

    `smtputf8`: whether MAIL had that parameter, without which nothing may go beyond ASCII.
    """
    mail = Received(raw, purpose, postal_address, smtputf8)
    return [f"{check.__name__}: {violation}" for check in rules for violation in check(mail)]
