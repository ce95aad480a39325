"""The keys that personal numbers are sealed under; they never lie in the database.

A key is 32 random bytes in base64url (43 characters). Several are written one a line; the
first seals, all of them open. What follows ``#`` is a note. A key's id is worked out from
the key, so that nobody can pair the two wrongly.
"""

from __future__ import annotations

import binascii
import re
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterator

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BYTES = 32


def new() -> str:
    """Return a new key."""
    return secrets.token_urlsafe(BYTES)


def parse(text: str) -> tuple[str, ...]:
    """Return the keys of a setting or a file; raise ValueError with what is wrong."""
    keys = tuple(_keys(text))
    if len(set(keys)) != len(keys):
        raise ValueError("a key is written twice; write each only once.")
    for number, key in enumerate(keys, start=1):
        try:
            good = len(secret(key)) == BYTES
        except (binascii.Error, ValueError):
            good = False
        if not good:
            raise ValueError(
                f"key {number} is not {BYTES} bytes in base64url;"
                " make one: helpdesk personal new-key"
            )
    return keys


def secret(key: str) -> bytes:
    """Return the bytes of a key."""
    return urlsafe_b64decode(key + "=" * (-len(key) % 4))


def derive(key: str, purpose: str, length: int = BYTES) -> bytes:
    """Return a key for one purpose alone (HKDF, RFC 5869): no two of them tell of each other."""
    info = f"helpdesk personal data: {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret(key))


def id_of(key: str) -> str:
    """Return the name of a key, which says nothing of the key itself."""
    return derive(key, "key id", 4).hex()


def _keys(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from re.findall(r"[^\s,;]+", line.partition("#")[0])
