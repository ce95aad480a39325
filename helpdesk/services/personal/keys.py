"""The key ring: numbers in, sealed values out, and back. Knows no database.

Each number is sealed by AES-256-GCM under the first key; the same key, derived for another
purpose, makes the keyed hash that it is found by. So a value names one key for both, and a
look-up during a rotation asks for the hashes under every key.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from helpdesk import personal_keys

NONCE = 12


class CannotOpen(Exception):
    """A value was sealed under a key that is not here, or was changed since."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is kept of a number."""

    cipher: bytes
    key_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    cipher: AESGCM = field(repr=False)
    look_up: bytes = field(repr=False)

    def digest(self, kind: str, number: str) -> str:
        return hmac.new(self.look_up, f"{kind}:{number}".encode(), sha256).hexdigest()


class Ring:
    """Several keys: the first seals, all of them open."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_made(key) for key in keys]

    @property
    def ids(self) -> list[str]:
        """Name the keys, the one that seals first."""
        return [key.id for key in self._keys]

    def seal(self, kind: str, number: str) -> Value:
        """Return what may be kept of a number; raise CannotOpen where there is no key."""
        if not self._keys:
            raise CannotOpen
        key = self._keys[0]
        digest = key.digest(kind, number)
        nonce = secrets.token_bytes(NONCE)
        sealed = key.cipher.encrypt(nonce, number.encode(), _purpose(kind, digest))
        return Value(nonce + sealed, key.id, digest)

    def open(self, kind: str, value: Value) -> str:
        """Return the number; raise CannotOpen."""
        key = next((key for key in self._keys if key.id == value.key_id), None)
        if key is None:
            raise CannotOpen
        nonce, sealed = value.cipher[:NONCE], value.cipher[NONCE:]
        try:
            return key.cipher.decrypt(nonce, sealed, _purpose(kind, value.digest)).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def digests(self, kind: str, number: str) -> list[str]:
        """Return every hash that the number may be kept under."""
        return [key.digest(kind, number) for key in self._keys]


@lru_cache(maxsize=8)
def ring(keys: tuple[str, ...]) -> Ring:
    """Return the ring of the configured keys; deriving them is done once."""
    return Ring(keys)


def _made(key: str) -> _Key:
    return _Key(
        personal_keys.id_of(key),
        AESGCM(personal_keys.derive(key, "encryption")),
        personal_keys.derive(key, "look-up"),
    )


def _purpose(kind: str, digest: str) -> bytes:
    """Return what a cipher is bound to: it opens as nothing else and under no other hash.

    The row's id would add nothing: whoever may write the table may also write the forms
    that name its rows.
    """
    return f"helpdesk sealed_number {kind} {digest}".encode()
