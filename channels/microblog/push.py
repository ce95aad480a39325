"""Weibo's pushes: who signed them, and when.

The signature covers a secret, a time and a number used once, but not the body
(https://open.weibo.com/wiki/粉丝服务平台接入指南), so the time must be near and the number new.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(minutes=10)
LONGEST_NONCE = 100
_MILLISECONDS_FROM = 10**11  # in seconds this would be the year 5138


def signature(secret: str, timestamp: str, nonce: str) -> str:
    """Return the signature that Weibo sends along."""
    joined = "".join(sorted([secret, timestamp, nonce]))
    return hashlib.sha1(joined.encode()).hexdigest()  # noqa: S324 - Weibo's choice


def is_signed(
    secret: str,
    *,
    given: str,
    timestamp: str,
    nonce: str,
    now: datetime,
    window: timedelta = WINDOW,
) -> bool:
    """Say whether a request was signed with the secret, at about this time."""
    if not secret or not nonce or len(nonce) > LONGEST_NONCE:
        return False
    right = hmac.compare_digest(signature(secret, timestamp, nonce).encode(), given.encode())
    at = signed_at(timestamp)
    return right and at is not None and abs(now - at) <= window


def signed_at(timestamp: str) -> datetime | None:
    """Return the instant of a timestamp, which comes in seconds or milliseconds."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return None
    number = int(timestamp)
    try:
        return datetime.fromtimestamp(number / (1000 if number >= _MILLISECONDS_FROM else 1), UTC)
    except ValueError:  # no calendar has the year
        return None
