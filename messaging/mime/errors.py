"""Why a message cannot be built. Trying again cannot help."""

from __future__ import annotations


class BuildError(Exception):
    """A message that would break the rules if it were sent."""

    permanent = True

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AddressRefused(BuildError):
    """An address that mail cannot be sent to.

    `code` is one of no_address, bad_local_part, bad_domain, too_long; needs_smtputf8 where the way out cannot carry
    a local part beyond ASCII.
    """
