"""When a mail was sent, and when the desk should say that it was.

A Date header is a stranger's clock. It is shown as it is, but a promise starts
at a moment that the mail's own route (Received) or its arrival supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from channels.email.headers import Headers
from channels.email.words import header_text

_NUMERIC = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[^\d]{0,6}"
    r"(?:(\d{1,2})\s*[:：时]\s*(\d{1,2})(?:\s*[:：分]\s*(\d{1,2}))?)?"
    r"[.\d秒]*\s*(Z|[+-]\d{2}:?\d{2})?"
)
_GLUED = re.compile(r"(?<=\d [+-]\d{4})[A-Za-z].*", re.DOTALL)
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_NAMED_OFFSET = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d{2})?$")
# in mail this abbreviation is China's far more often than Chicago's
_CHINA = re.compile(r"(?<![+-]\d{4} )\bCST$")
_OLDEST = datetime(1995, 1, 1, tzinfo=UTC)
_BELIEVABLE_DELAY = timedelta(days=3)
_LONGEST = 200


def read_date(text: str) -> datetime | None:
    """Read a date in any notation seen in mail; UTC, ``None`` where it is none."""
    text = _COMMENT.sub("", _GLUED.sub("", text[:_LONGEST].strip()))
    text = _CHINA.sub("+0800", _NAMED_OFFSET.sub(_numeric_offset, text))
    try:
        parts = parsedate_tz(text)
        if parts is None or parts[0] < 100:
            return _numeric(text)
        zone = timezone(timedelta(seconds=parts[9] or 0))
        return datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _numeric_offset(found: re.Match[str]) -> str:
    """Write ``GMT+8`` as ``+0800``."""
    sign, hours, minutes = found.groups()
    return f" {sign}{hours:0>2}{minutes or '00'}"


def sent_at(headers: Headers) -> datetime | None:
    """Return what the Date header claims."""
    return read_date(headers.text("date")) if "date" in headers else None


def happened_at(sent: datetime | None, headers: Headers, received_at: datetime) -> datetime:
    """Decide when the mail was said: never later than it was received.

    A Date that is more than three days older than the arrival counts only when
    some server on the way saw the mail near that date; otherwise the nearest
    server's clock counts, and without one the arrival.
    """
    received_at = received_at.astimezone(UTC)
    seen = [at for at in _received(headers.all("received")) if _OLDEST <= at <= received_at]
    arrived = seen[0] if seen else received_at  # the topmost was written last
    if sent is None or sent < _OLDEST or sent > arrived:
        return arrived
    supported = any(at - sent <= _BELIEVABLE_DELAY for at in [*seen, received_at] if at >= sent)
    return sent if supported else arrived


def _received(values: Iterable[bytes]) -> list[datetime]:
    dates = (read_date(header_text(value[-_LONGEST:]).rpartition(";")[2]) for value in values)
    return [date for date in dates if date is not None]


def _numeric(text: str) -> datetime | None:
    """Read ``2026-11-23 10:00:00 +0800`` and ``2026年11月23日 10:00``."""
    found = _NUMERIC.search(text)
    if found is None:
        return None
    numbers = [int(group or 0) for group in found.groups()[:6]]
    zone = (found[7] or "+0000").replace(":", "").replace("Z", "+0000")
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * sign
    year, month, day, hour, minute, second = numbers
    local = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    return local.astimezone(UTC)
