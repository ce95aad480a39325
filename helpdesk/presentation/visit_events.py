"""What a ticket's log says about its visits, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from helpdesk.i18n import gettext
from helpdesk.presentation.dates import plain_day

Tone = Literal["", "risk", "kept"]


def visit_words(step: str, data: Mapping[str, Any], who: str) -> tuple[str, Tone]:
    """Return the sentence of a visit's step and its tone; an unknown step is shown by its code."""
    told = {
        "who": who,
        "date": _agreed(data),
        "dates": _dates(data),
        "agent": data.get("agent") or gettext("nobody yet"),
        **{name: data.get(name) or "—" for name in ("reason", "note", "signed_by")},
    }
    sentence = _sentences().get(step, f"visit.{step}".replace("%", "%%"))
    return sentence % told, _TONES.get(step, "")


_TONES: dict[str, Tone] = {
    "accept": "kept",
    "agree": "kept",
    "report": "kept",
    "reschedule": "risk",
    "cancel": "risk",
}


def _sentences() -> dict[str, str]:
    return {
        "request": gettext("%(who)s asked for a visit"),
        "propose": gettext("%(who)s proposed: %(dates)s"),
        "suggest": gettext("%(who)s would rather have: %(dates)s"),
        "accept": gettext("Visit agreed: %(date)s"),
        "agree": gettext("Visit agreed: %(date)s (%(note)s)"),
        "assign": gettext("%(who)s sends on the visit: %(agent)s"),
        "reschedule": gettext("%(who)s moved the visit: %(reason)s"),
        "cancel": gettext("%(who)s called the visit off: %(reason)s"),
        "report": gettext("Visit reported; signed by %(signed_by)s"),
        "reminded": gettext("Reminded of the visit"),
    }


def _dates(data: Mapping[str, Any]) -> str:
    return ", ".join(_span(starts, ends) for starts, ends in data.get("dates", ())) or "—"


def _agreed(data: Mapping[str, Any]) -> str:
    return _span(data["starts_at"], data["ends_at"]) if "starts_at" in data else "—"


def _span(starts: str, ends: str) -> str:
    """Tell a date as it was said: the log keeps local time with its offset."""
    first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    day = first.date()
    return f"{plain_day(day, today=day)} {first:%H:%M}–{last:%H:%M}"
