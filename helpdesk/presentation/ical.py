"""Calendars for other programs: RFC 5545, written by hand because it needs no more.

Lines end in CRLF and are folded at 75 octets, never inside a character (3.1); texts
are escaped (3.3.11). Times are UTC, so that no time zone has to be described.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

WIDTH = 75
PRODUCT = "-//helpdesk//visits//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; ``sequence`` rises when its time changes, ``changed_at`` with every change."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    url: str
    cancelled: bool = False


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """Return a calendar file."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for entry in entries:
        lines += _event(entry)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(entry: Entry) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_instant(entry.changed_at)}",
        f"LAST-MODIFIED:{_instant(entry.changed_at)}",
        f"DTSTART:{_instant(entry.starts_at)}",
        f"DTEND:{_instant(entry.ends_at)}",
        f"SUMMARY:{_text(entry.summary)}",
        f"DESCRIPTION:{_text(entry.description)}",
        f"LOCATION:{_text(entry.location)}",
        f"URL:{_address(entry.url)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        f"TRANSP:{'TRANSPARENT' if entry.cancelled else 'OPAQUE'}",
        "END:VEVENT",
    ]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    lines = "\n".join(value.splitlines())
    plain = "".join(c for c in lines if c in "\n\t" or c.isprintable())
    escaped = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _address(value: str) -> str:
    return "".join(c for c in value if c.isprintable())


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets; each further one begins with a blank."""
    pieces: list[bytes] = [b""]
    for character in line:
        octets = character.encode()
        if len(pieces[-1]) + len(octets) > WIDTH:
            pieces.append(b" ")
        pieces[-1] += octets
    return b"\r\n".join(pieces) + b"\r\n"
