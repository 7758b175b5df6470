"""Short signed tokens for links and reply addresses.

A token is eight bytes of id and ten of a keyed BLAKE2s, so it has the same length whatever the
recipient and holds nothing personal. Ten bytes (80 bits) cannot be guessed over HTTP: a million
tries a second for a year find one token in forty billion. Each purpose has a key of its own, so an
open's token is no unsubscribe token. Two alphabets: base64url for what is read from a URL as it was
written, hexadecimal for what passes through mail systems that change case (RFC 5321 section 2.4 lets
a local part be case-sensitive; not all relays keep it).
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as DecodeError
from functools import cache
from hashlib import blake2s
from typing import Literal

from django.conf import settings

Purpose = Literal["unsubscribe", "view", "preferences", "reply", "bounce"]

MAC_LENGTH = 10
MESSAGE_TOKEN_LENGTH = 24
PURPOSE_TOKEN_LENGTH = 36


def message_token(message_id: int) -> str:
    """The token of a message's open pixel and links: 24 characters, case-sensitive."""
    return urlsafe_b64encode(_sign("message", message_id)).decode("ascii")


def read_message_token(token: str) -> int | None:
    """The message's id, or None for anything that we did not make."""
    if len(token) != MESSAGE_TOKEN_LENGTH or not token.isascii():
        return None
    try:
        return _verified("message", urlsafe_b64decode(token))
    except DecodeError:
        return None


def purpose_token(purpose: Purpose, row_id: int) -> str:
    """A token for one purpose: 36 characters, any case reads the same, fit for a local part."""
    return _sign(purpose, row_id).hex()


def read_purpose_token(purpose: Purpose, token: str) -> int | None:
    """The id that was signed for this very purpose, or None."""
    if len(token) != PURPOSE_TOKEN_LENGTH or not token.isascii():
        return None
    try:
        return _verified(purpose, bytes.fromhex(token))
    except ValueError:
        return None


def _sign(purpose: str, row_id: int) -> bytes:
    packed = row_id.to_bytes(8, "big")
    mac = _signing(purpose, settings.SECRET_KEY).copy()
    mac.update(packed)
    return packed + mac.digest()


@cache
def _signing(purpose: str, secret: str) -> blake2s:
    return _primed_with(purpose, secret)[0]


def _verified(purpose: str, raw: bytes) -> int | None:
    packed, given = raw[:8], raw[8:]
    found = False
    for primed in _primed(purpose):
        mac = primed.copy()
        mac.update(packed)
        # No early exit: the time taken says nothing about which key, or how many bytes, fitted.
        found |= hmac.compare_digest(mac.digest(), given)
    return int.from_bytes(packed, "big") if found else None


def _primed(purpose: str) -> tuple[blake2s, ...]:
    return _primed_with(purpose, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _primed_with(purpose: str, *secrets: str) -> tuple[blake2s, ...]:
    """Hash states with the key already in: the newest first, which signs; the others only verify."""
    keys = [blake2s(secret.encode(), person=b"mailtok1").digest() for secret in secrets]
    return tuple(blake2s(purpose.encode(), key=key, digest_size=MAC_LENGTH) for key in keys)
