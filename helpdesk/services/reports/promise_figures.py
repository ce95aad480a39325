"""The promises that a figure counts: their number, and the list that it opens.

A ticket has one first reply but may have several next replies, callbacks or visits, so
these figures count promises and not tickets. Count and list use the same condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Target, Ticket
from helpdesk.services.access import Viewer, require_manager, visible_tickets
from helpdesk.services.database import row_numbers
from helpdesk.services.reports import figures
from helpdesk.services.reports.figures import PAGE, PROMISED, Figure
from helpdesk.services.reports.judged import judged


@dataclass(frozen=True, slots=True)
class PromisePage:
    """Promises, the newest first, and the token of the next page."""

    targets: Sequence[Target]
    after: str | None = None


def count_promises(session: Session, viewer: Viewer, figure: Figure, *, now: datetime) -> int:
    """Count the promises behind a figure, exactly."""
    require_manager(viewer)
    counted = select(func.count()).select_from(Target).join(Target.ticket)
    return session.scalar(counted.where(_behind(viewer, figure, now))) or 0


def promises_behind(
    session: Session,
    viewer: Viewer,
    figure: Figure,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> PromisePage:
    """Return a page of the promises that a figure counts."""
    require_manager(viewer)
    statement = (
        select(Target)
        .join(Target.ticket)
        .where(_behind(viewer, figure, now))
        .options(
            joinedload(Target.ticket).joinedload(Ticket.requester),
            joinedload(Target.ticket).joinedload(Ticket.center),
            joinedload(Target.ticket).joinedload(Ticket.assignee),
        )
        .order_by(Target.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        number = row_numbers.written(after)
        if number is None:
            raise Refusal("bad_page", lazy_gettext("This page link is broken; begin anew."))
        statement = statement.where(Target.id < number)
    rows = session.scalars(statement).all()
    more = len(rows) > limit
    return PromisePage(rows[:limit], str(rows[limit - 1].id) if more else None)


def _behind(viewer: Viewer, figure: Figure, now: datetime) -> ColumnElement[bool]:
    if figure.start is None or figure.end is None or figure.name not in PROMISED:
        return false()
    which = judged(figure.name, figure.start, figure.end, now, figure.metric)
    return and_(visible_tickets(viewer), which, figures.of_whom(figure))
