"""What a change of the calendar would move, shown before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.extensions import transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.services.hours import (
    calendar_changes,
    calendar_choices,
    calendar_list,
    calendar_preview,
)
from helpdesk.services.hours.calendar_changes import Change
from helpdesk.services.hours.calendar_choices import Choice
from helpdesk.services.promises.previews import Preview
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
    calendar_id: int,
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

    def make(session: Session) -> int:
        calendar = calendar_list.calendar(session, calendar_id)
        return calendar_changes.make(session, calendar, change, now=now(), by=signed.viewer().actor)

    return shown_first(
        lambda: calendar_preview.preview(calendar_id, change, now=now()),
        make,
        title=title,
        back=back,
        fields=fields,
        years=years,
    )


def chosen(choice: Choice, *, title: str, back: str) -> ResponseReturnValue:
    """Choose calendars, having shown which open deadlines that moves. Raises Refusal."""
    return shown_first(
        lambda: calendar_choices.preview(choice, now=now()),
        lambda session: calendar_choices.make(session, choice, now=now(), by=signed.viewer().actor),
        title=title,
        back=back,
    )


def shown_first(
    look: Callable[[], Preview],
    make: Callable[[Session], int],
    *,
    title: str,
    back: str,
    fields: Sequence[tuple[str, str]] | None = None,
    years: Sequence[YearChange] = (),
) -> ResponseReturnValue:
    """Show what would move, unless nothing does or it was confirmed; then make it."""
    if request.form.get("then") != "confirm":
        shown = look()
        if shown.count or years:
            return page(
                "calendar_preview",
                title=title,
                back=back,
                action=request.full_path.rstrip("?"),
                fields=posted() if fields is None else fields,
                preview=shown,
                years=years,
            )
    with transaction() as session:
        moved = make(session)
    flash(f"{gettext('Saved.')} {recomputed(moved)}", "success")
    return redirect(back)


def recomputed(moved: int) -> str:
    """Say how many open deadlines followed a change of the calendar."""
    if not moved:
        return gettext("No open deadline had to be recomputed.")
    return ngettext(
        "%(num)s open deadline was recomputed.", "%(num)s open deadlines were recomputed.", moved
    )


def posted() -> list[tuple[str, str]]:
    """Return what was sent, for the form that sends it again."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
