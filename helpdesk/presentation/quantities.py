"""Durations, sizes, shares, and numbers that are shown only in part."""

from __future__ import annotations

import re

from helpdesk.i18n import gettext

_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def span(minutes: float) -> str:
    """Tell an amount of service time: ``45分``, ``3小时20分``; part minutes are dropped."""
    whole = int(minutes)
    hours, rest = divmod(whole, 60)
    if whole < 1:
        return gettext("under 1 min")
    if not hours:
        return gettext("%(m)s min", m=rest)
    if not rest:
        return gettext("%(h)s h", h=hours)
    return gettext("%(h)s h %(m)s min", h=hours, m=f"{rest:02}")


def minutes_seconds(seconds: float) -> str:
    """Tell an ordinary duration as telephones do: ``0:12``, ``61:05``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def file_size(size: int) -> str:
    """Tell bytes in the unit that people know from their files (1 KB is 1024 bytes)."""
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for unit in ("KB", "MB", "GB"):
        value /= 1024
        if value < 1024 or unit == "GB":
            break
    return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"


def share(part: int, whole: int) -> str:
    """Tell a ratio as a percentage; of nothing there is none.

    Cut, not rounded, to one decimal: 84.96 % must never be shown as a kept 85 %.
    """
    if whole == 0:
        return "—"
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def masked_phone(value: str) -> str:
    """Hide the middle of every mobile number in a text: ``157****9460``."""
    return _MOBILE.sub(r"\1****\2", value)


def quoted_part(text: str, full_text: str | None) -> str:
    """Return what a mail quotes below its new part; nothing where it quotes nothing."""
    if not full_text:
        return ""
    whole, new = full_text.strip(), text.strip()
    return whole[len(new) :].strip() if new and whole.startswith(new) else whole


def capped(count: int, limit: int) -> str:
    """Tell a count that was not counted beyond its limit: ``99+``."""
    return f"{limit}+" if count > limit else str(count)
