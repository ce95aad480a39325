"""The dates that a form names, row by row, and what a visit's other fields say."""

from __future__ import annotations

from datetime import date, datetime, time

from helpdesk.i18n import gettext
from helpdesk.runtime import current_config
from helpdesk.services.onsite.visit_dates import MOST_DATES, Span
from helpdesk.web.forms import Form

ROWS = 3
_PARTS = ("day", "from", "to")


def dates_of(form: Form) -> list[Span]:
    """Return the rows that were filled in; what is wrong stands in the form at its row.

    Filled rows move to the top, so that the n-th date is the n-th row.
    """
    rows = [
        tuple(str(form.values.get(f"{part}{row}") or "").strip() for part in _PARTS)
        for row in range(1, MOST_DATES + 1)
    ]
    filled = [row for row in rows if any(row)]
    found: list[Span] = []
    for number in range(1, MOST_DATES + 1):
        row = filled[number - 1] if number <= len(filled) else ("", "", "")
        form.values |= {f"{part}{number}": text for part, text in zip(_PARTS, row, strict=True)}
        if any(row):
            span = _span(row)
            if span is None:
                form.errors[f"day{number}"] = gettext(
                    "Write the day, the beginning and the end, such as 2026-11-24, 09:00, 12:00."
                )
            else:
                found.append(span)
    return found


def _span(row: tuple[str, ...]) -> Span | None:
    try:
        day = date.fromisoformat(row[0])
        begins, ends = (time.fromisoformat(text) for text in row[1:])
    except ValueError:
        return None
    zone = current_config().zone
    return (
        datetime.combine(day, begins.replace(tzinfo=None), zone),
        datetime.combine(day, ends.replace(tzinfo=None), zone),
    )
