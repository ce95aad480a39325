"""Internationalised domains of mail addresses, in the form that every server takes."""

from __future__ import annotations


def ascii_domain(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA); unchanged where that is impossible.

    A local part that is not ASCII stays: only servers with SMTPUTF8 take it.
    """
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address
