"""The keys that sign, as this process knows them: read again every few seconds, never for a message."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import structlog

from messaging.dkim.canonical import relaxed_fields
from messaging.dkim.keys import KeyUnreadableError, signing
from messaging.dkim.signing import SigningKey, signed
from messaging.models import DkimKey
from messaging.secrets import SecretsUnreadableError, unseal

log = structlog.get_logger(__name__)

# What makes a key what it is: id, domain, selector, algorithm, sealed private half.
_Row = tuple[int, str, str, str, str]


class Keyring:
    """Active keys by domain. Safe to share between threads."""

    def __init__(self, keys: Iterable[SigningKey] = ()) -> None:
        self._by_domain: dict[bytes, list[SigningKey]] = {}
        for key in keys:
            self._by_domain.setdefault(key.domain.encode("ascii"), []).append(key)
        self._keys_for = lru_cache(maxsize=1024)(self._find)

    def sign(self, raw: bytes) -> bytes:
        """The message with the signatures of From's domain above it; as it is where that has no key.

        `raw` has CRLF line ends and one From. A domain above From's may sign, the nearest one does: DMARC
        takes that for aligned (RFC 7489 section 3.1.1).
        """
        end = raw.index(b"\r\n\r\n")
        fields = relaxed_fields(raw[:end])
        author = next(line for name, line in fields if name == b"from")
        keys = self._keys_for(author[author.rindex(b"@") + 1 :].rstrip(b">").lower())
        return signed(raw, fields, raw[end + 4 :], keys) if keys else raw

    def covers(self, domain: str) -> bool:
        """Whether mail from this domain is signed."""
        return bool(self._keys_for(domain.encode("ascii").lower()))

    def _find(self, domain: bytes) -> list[SigningKey]:
        while domain not in self._by_domain and domain:
            domain = domain.partition(b".")[2]
        return self._by_domain.get(domain, [])


class NoKeyring(Exception):
    """The keys cannot be had, so mail that must be signed cannot leave."""

    permanent = False


_rows: list[_Row] | None = None
_ring: Keyring | None = None
_trouble = "The keys were not read yet."


def current() -> Keyring:
    """The keys as they were read last. Raises NoKeyring where that never worked."""
    if _ring is None:
        raise NoKeyring(_trouble)
    return _ring


def refresh() -> None:
    """Read the active keys: one query. What cannot be unsealed leaves those in use that were read before."""
    global _rows, _ring, _trouble
    found = list(
        DkimKey.objects.filter(state="active")
        .order_by("-algorithm", "pk")
        .values_list("pk", "domain__domain", "selector", "algorithm", "private_key")
    )
    if found == _rows:
        return
    try:
        _ring = Keyring(_key(row) for row in found)
        _rows = found
    except (SecretsUnreadableError, KeyUnreadableError) as error:
        _trouble = f"DKIM: {error}"
        log.warning("dkim_keys_unreadable", error=str(error))


@lru_cache(maxsize=256)
def _key(row: _Row) -> SigningKey:
    _, domain, selector, algorithm, sealed = row
    sign = signing(algorithm, unseal(sealed).get("private_key", ""))
    return SigningKey(domain=domain.lower(), selector=selector, algorithm=algorithm, sign=sign)
