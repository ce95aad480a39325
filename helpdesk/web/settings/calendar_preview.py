"""What a change of the calendar would move, shown before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.services import calendar_changes, calendar_preview, calendars
from helpdesk.services.calendar_changes import Change
from helpdesk.web import signed
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import page

_OWN = ("csrf_token", "then")


@dataclass(frozen=True)
class YearChange:
    """A year that would be replaced: days off and make-up days, before and after."""

    year: int
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def shrinks(self) -> bool:
        """Whether days that are entered would be lost."""
        return sum(self.after) < sum(self.before)


def settled(
    change: Change,
    *,
    title: str,
    back: str,
    fields: Sequence[tuple[str, str]] | None = None,
    years: Sequence[YearChange] = (),
) -> ResponseReturnValue:
    """Make a change that moves nothing or was confirmed; show any other before it is made.

    ``fields`` are posted again by who confirms, by default what was posted now. A change
    of whole ``years`` is always shown first. Raises Refusal for a change that cannot be made.
    """
    number = calendars.default_calendar(db.session()).id
    if request.form.get("then") != "confirm":
        shown = calendar_preview.preview(number, change, now=now())
        if shown.count or years:
            return page(
                "calendar_preview",
                title=title,
                back=back,
                action=request.path,
                fields=_posted() if fields is None else fields,
                preview=shown,
                years=years,
            )
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        moved = calendar_changes.make(
            session, calendar, change, now=now(), by=signed.viewer().actor
        )
    flash(f"{gettext('Saved.')} {recomputed(moved)}", "success")
    return redirect(back)


def recomputed(moved: int) -> str:
    """Say how many open deadlines followed a change of the calendar."""
    if not moved:
        return gettext("No open deadline had to be recomputed.")
    return ngettext(
        "%(num)s open deadline was recomputed.", "%(num)s open deadlines were recomputed.", moved
    )


def _posted() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
