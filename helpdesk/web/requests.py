"""What one request knows once and uses often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TypeVar, cast
from urllib.parse import urlsplit

from flask import g, has_request_context, request

T = TypeVar("T")


def _clock() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """Return the instant of this request: everything on one page happens at one time."""
    return kept("now", _clock)


def kept(name: str, make: Callable[[], T]) -> T:
    """Return a value that is made at most once in a request."""
    if not has_request_context():
        return make()
    if name not in g:
        setattr(g, name, make())
    return cast("T", getattr(g, name))


def wants_fragment() -> bool:
    """Say whether a script asked, which takes a block of the page instead of the whole."""
    return request.headers.get("HX-Request") == "true"


def place() -> str:
    """Return where a request comes from, under which its tries are counted.

    Of IPv6 that is the network: whoever has one address there has as many as they like
    (RFC 6177, a site gets a /64 at the least).
    """
    told = (request.remote_addr or "").partition("%")[0]
    try:
        address = ip_address(told)
    except ValueError:
        return told or "nowhere"  # such as a socket, which has no address
    if isinstance(address, IPv4Address):
        return told
    mapped = address.ipv4_mapped
    return str(mapped or IPv6Network((address, 64), strict=False))


def safe_next(target: str | None, fallback: str) -> str:
    """Return a path of this site to go on to; anything else is the fallback.

    Browsers read a path that begins with two slashes of either kind as another site.
    """
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return fallback
    parts = urlsplit(target)
    plain = not parts.scheme and not parts.netloc and target.isprintable()
    return target.rstrip("?") if plain else fallback
