"""The wire lint: rules over the bytes that a server received, run on every message of the whole suite.

It shares no code with what builds messages. Each rule is a function with the section it comes from; docs/wire.md has
them all in a table.
"""

from __future__ import annotations

from collections.abc import Iterable

from messaging.wirelint import body, envelope, fields, filenames, lines, purposes, signatures
from messaging.wirelint.reading import Received, Way, rules
from messaging.wirelint.together import judge_together, together_rules

__all__ = ["Received", "Way", "lint", "lint_together", "rules", "together_rules"]

_FAMILIES = (lines, fields, filenames, body, purposes, envelope, signatures)


def lint(raw: bytes, *, purpose: str, postal_address: str = "", way: Way | None = None) -> list[str]:
    """Every violation in a message as received, each with its rule's name; an empty list is a clean message.

    `way`: the envelope it came in. Without one, nothing may go beyond ASCII, and what is about it is not judged.
    """
    mail = Received(raw, purpose, postal_address, way)
    return [f"{check.__name__}: {violation}" for check in rules for violation in check(mail)]


def lint_together(raws: Iterable[bytes]) -> list[str]:
    """Violations that only many messages can have, such as a Message-ID that occurs twice."""
    return judge_together(Received(raw, "") for raw in raws)
