"""Keys for tests of signing, and dkimpy's word on what they signed."""

from __future__ import annotations

import dkim

from messaging.dkim.keys import generate, record_name, record_value, signing
from messaging.dkim.signing import SigningKey

PRIVATE = {algorithm: generate(algorithm) for algorithm in ("rsa", "ed25519")}


def a_key(algorithm: str = "rsa", *, domain: str = "example.com", selector: str = "s1") -> SigningKey:
    sign = signing(algorithm, PRIVATE[algorithm][0])
    return SigningKey(domain=domain, selector=selector, algorithm=algorithm, sign=sign)


def zone(*keys: SigningKey) -> dict[str, str]:
    """The records of keys, as DNS would have them."""
    return {
        record_name(key.selector, key.domain): record_value(key.algorithm, PRIVATE[key.algorithm][1]) for key in keys
    }


def verifies(raw: bytes, records: dict[str, str], *, index: int = 0) -> bool:
    """Whether dkimpy accepts the signature with this number, from the top."""
    message = dkim.DKIM(raw, minkey=1024)

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return records.get(name.decode().rstrip("."), "").encode()

    try:
        return bool(message.verify(idx=index, dnsfunc=look_up))
    except dkim.DKIMException:
        return False
