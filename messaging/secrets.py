"""Secrets at rest: passwords and API keys, encrypted with the keys in `ENCRYPTION_KEYS`.

The first key encrypts, all of them decrypt: put a new key in front, and old values stay readable.
"""

from __future__ import annotations

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

KEYS_HINT = (
    "ENCRYPTION_KEYS does not hold the key that these secrets were stored with. Put the old key back (behind the new "
    "one, separated by a comma; the first start kept it in the data folder as `encryption_key`), or enter them again."
)


class SecretsUnreadableError(Exception):
    """What was stored cannot be read with any of the keys at hand."""

    permanent = True


def seal(values: dict[str, str]) -> str:
    """Encrypt a set of named secrets into one text; an empty set is the empty text."""
    if not values:
        return ""
    return _fernet().encrypt(json.dumps(values).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """Decrypt what `seal` made. Raises SecretsUnreadableError where no key fits."""
    if not sealed:
        return {}
    try:
        found = json.loads(_fernet().decrypt(sealed.encode()))
    except (InvalidToken, ValueError) as error:
        raise SecretsUnreadableError(KEYS_HINT) from error
    return {str(name): str(value) for name, value in found.items()}


def _fernet() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
    except ValueError as error:
        raise SecretsUnreadableError(
            "ENCRYPTION_KEYS holds something that is not a Fernet key (32 random bytes in URL-safe base64)."
        ) from error
