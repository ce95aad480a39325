"""Centers on their way, stage by stage: how long each has stood there, and what falls due.

The oldest of a stage are shown, and the others counted: a board costs what it shows,
however many centers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from helpdesk.models import Center, PublicNotice, Remittance
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer, require_staff
from helpdesk.services.certification import center_reminders, remittances
from helpdesk.services.certification.center_reminders import WAITING
from helpdesk.services.hours import calendars
from sla.calendar import Calendar

MOST_SHOWN = 8
MOST_DUE = 12
DUTIES = ("website_notice", "microblog_notice", "plaque_returned", "documents_returned")


@dataclass(frozen=True, slots=True)
class Card:
    """A center in its stage: for how many service days, and after how many that is too long.

    ``missing`` are the closing duties of an exit that are not done.
    """

    center: Center
    days: int
    limit: int
    missing: tuple[str, ...] = ()

    @property
    def overdue(self) -> bool:
        """Somebody should have acted by now."""
        return self.days >= self.limit


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with those that wait longest in it, and how many there are in all."""

    state: str
    count: int
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Due:
    """A date of a center that comes or has passed; ``days`` until then, ordinary ones."""

    center: Center
    day: date
    days: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that somebody has to act on."""

    stages: Sequence[Stage]
    serving: int
    agreements: Sequence[Due]
    reviews: Sequence[Due]
    late_fees: Sequence[tuple[Center, Remittance]]


def board(session: Session, viewer: Viewer, *, now: datetime) -> Board:
    """Look at the centers as they stand now; at most ``MOST_SHOWN`` of each stage."""
    require_staff(viewer)
    calendar = calendars.default(session)
    today = calendar.local_date(now)
    standing = session.execute(
        select(Center.state, func.count())
        .where(Center.merged_into_id.is_(None))
        .group_by(Center.state)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in standing}
    stages = [
        Stage(state, counts[state], _cards(session, calendar, state, now))
        if counts.get(state)
        else Stage(state, 0, ())
        for state in WAITING
    ]
    days = current_config().center_reminder_days
    return Board(
        stages,
        counts.get("authorized", 0),
        _due(session, Center.agreement_to, calendar, days["agreement_ends"], today),
        _due(session, Center.review_due_on, calendar, days["review_due"], today),
        _late(session, today),
    )


def missing_duties(center: Center, notice: PublicNotice | None) -> tuple[str, ...]:
    """Return the closing duties that are not done, by the names of ``center_states``."""
    on_website = notice is not None and notice.published_at is not None
    on_microblog = on_website and notice is not None and _stands_there(notice)
    done = (on_website, on_microblog, center.plaque_returned_on, center.documents_returned_on)
    return tuple(duty for duty, there in zip(DUTIES, done, strict=True) if not there)


def _cards(session: Session, calendar: Calendar, state: str, now: datetime) -> list[Card]:
    rows = session.scalars(
        select(Center)
        .where(Center.state == state, Center.merged_into_id.is_(None))
        .order_by(Center.state_since, Center.id)
        .limit(MOST_SHOWN)
    ).all()
    limit = current_config().center_reminder_days[WAITING[state]]
    notices = _notices(session, rows) if state == "exit_processing" else {}
    return [
        Card(
            center,
            int(center_reminders.age(calendar, center, now=now)),
            limit,
            missing_duties(center, notices.get(center.id)) if state == "exit_processing" else (),
        )
        for center in rows
    ]


def _notices(session: Session, centers: Sequence[Center]) -> dict[int, PublicNotice]:
    """Return the cancellation that stands for each of these centers, in one look."""
    rows = session.scalars(
        select(PublicNotice)
        .where(
            PublicNotice.center_id.in_([center.id for center in centers]),
            PublicNotice.kind == "cancellation",
            PublicNotice.withdrawn_at.is_(None),
        )
        .options(joinedload(PublicNotice.post))
        .order_by(PublicNotice.id)
    )
    since = {center.id: center.state_since for center in centers}
    return {
        row.center_id: row
        for row in rows
        if row.center_id and row.created_at >= since[row.center_id]
    }


def _stands_there(notice: PublicNotice) -> bool:
    return bool(notice.posted_url) or (notice.post is not None and notice.post.state == "sent")


def _due(
    session: Session,
    column: InstrumentedAttribute[date | None],
    calendar: Calendar,
    days: int,
    today: date,
) -> list[Due]:
    """Return the centers whose date lies within so many service days, or has passed."""
    until = _workdays_ahead(calendar, today, days)
    rows = session.execute(
        select(Center, column)
        .where(Center.state == "authorized", Center.merged_into_id.is_(None), column <= until)
        .order_by(column, Center.id)
        .limit(MOST_DUE)
    )
    return [Due(center, day, (day - today).days) for center, day in rows if day is not None]


def _workdays_ahead(calendar: Calendar, today: date, days: int) -> date:
    """Return the day that lies so many service days ahead; holidays may double the way."""
    for ahead in range(days, 3 * days + 30):
        day = today + timedelta(days=ahead)
        if calendar.workdays_between(today, day) >= days:
            return day
    return today + timedelta(days=days)


def _late(session: Session, today: date) -> list[tuple[Center, Remittance]]:
    rows = session.execute(
        select(Center, Remittance)
        .join(Remittance, Remittance.center_id == Center.id)
        .where(remittances.overdue(today))
        .order_by(Remittance.exam_on, Remittance.id)
        .limit(MOST_DUE)
    )
    return [(center, row) for center, row in rows]
