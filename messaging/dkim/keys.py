"""Keys: made, kept as text, read again, and written as the record that DNS must have (RFC 6376 section 3.6.1).

A key has a selector of its own, so the two algorithms never share one (RFC 8463 section 3).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

# Makes the value of `b=` from what is signed.
Sign = Callable[[bytes], bytes]
# A character-string of a TXT record holds no more octets (RFC 1035 section 3.3).
TXT_STRING = 255


class KeyUnreadableError(Exception):
    """What is stored is no key of its algorithm."""

    permanent = True


class Algorithm(ABC):
    """What differs between the algorithms. `key` is the record's `k=`, `name` the signature's `a=`."""

    key: str
    name: str
    label: str

    @abstractmethod
    def generate(self) -> PrivateKeyTypes:
        """A new key."""

    @abstractmethod
    def public(self, private: PrivateKeyTypes) -> bytes:
        """What the record's `p=` holds, not yet in base64."""

    @abstractmethod
    def signing(self, private: PrivateKeyTypes) -> Sign:
        """How a key signs. Raises KeyUnreadableError for a key of another algorithm."""


class Rsa(Algorithm):
    """RSA with 2048 bits: what RFC 8301 section 3.2 asks of signers, and what fits everywhere."""

    key, name, label = "rsa", "rsa-sha256", "RSA-2048"
    bits = 2048

    def generate(self) -> PrivateKeyTypes:
        return generate_private_key(public_exponent=65537, key_size=self.bits)

    def public(self, private: PrivateKeyTypes) -> bytes:
        """SubjectPublicKeyInfo, as everybody publishes it."""
        return private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def signing(self, private: PrivateKeyTypes) -> Sign:
        if not isinstance(private, RSAPrivateKey):
            raise KeyUnreadableError("This is no RSA key.")
        padding, digest = PKCS1v15(), hashes.SHA256()
        return lambda signed: private.sign(signed, padding, digest)


class Ed25519(Algorithm):
    """Ed25519 (RFC 8463): a tenth of the time, a record that fits one string; not every receiver knows it."""

    key, name, label = "ed25519", "ed25519-sha256", "Ed25519"

    def generate(self) -> PrivateKeyTypes:
        return Ed25519PrivateKey.generate()

    def public(self, private: PrivateKeyTypes) -> bytes:
        """The bare 32 octets (RFC 8463 section 4.2)."""
        return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def signing(self, private: PrivateKeyTypes) -> Sign:
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyUnreadableError("This is no Ed25519 key.")
        # The algorithm signs the hash, not the fields (RFC 8463 section 3).
        return lambda signed: private.sign(sha256(signed).digest())


ALGORITHMS: dict[str, Algorithm] = {each.key: each for each in (Rsa(), Ed25519())}


def generate(algorithm: str) -> tuple[str, str]:
    """A new key: its private half, to be sealed, and its public half as it stands in the record."""
    kind = ALGORITHMS[algorithm]
    private = kind.generate()
    return _private_text(private), b64encode(kind.public(private)).decode()


def signing(algorithm: str, private: str) -> Sign:
    """How a stored key signs. Raises KeyUnreadableError."""
    try:
        # Only what we made and sealed ourselves comes here; proving its primes anew would take a tenth of a second.
        key = serialization.load_der_private_key(b64decode(private), None, unsafe_skip_rsa_key_validation=True)
        return ALGORITHMS[algorithm].signing(key)
    except (ValueError, KeyError) as error:
        raise KeyUnreadableError("The stored key cannot be read.") from error


def record_name(selector: str, domain: str) -> str:
    """Where the record stands (RFC 6376 section 3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def record_value(algorithm: str, public: str) -> str:
    """What the record says."""
    return f"v=DKIM1; k={algorithm}; p={public}"


def zone_line(name: str, value: str) -> str:
    """The record as a line of a zone file: cut into strings of at most 255 octets, which readers join again."""
    strings = [value[at : at + TXT_STRING] for at in range(0, len(value), TXT_STRING)]
    return f"{name}. IN TXT ( {' '.join(f'{chr(34)}{each}{chr(34)}' for each in strings)} )"


def _private_text(private: PrivateKeyTypes) -> str:
    return b64encode(
        private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    ).decode()
