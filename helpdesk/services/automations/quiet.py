"""What automations do with tickets that nobody has touched for some working days.

The worker looks once an hour, at the index of status and last change, so a look costs what
is due. Each ticket is read again under its lock: whoever touched it meanwhile has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

import structlog
from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import Address, Automation, Center, Group, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.automations.conditions import Conditions
from helpdesk.services.desk import tickets
from helpdesk.services.hours import calendars
from sla.calendar import Calendar

BATCH = 100
MOST_DAYS_BACK = 1000
log = structlog.get_logger(__name__)
Place = tuple[datetime, int]


def run_due(*, now: datetime) -> int:
    """Do what is due; return with how many tickets something was done."""
    with reading() as session:
        wanted = [(row.id, before) for row, before in _active(session, now)]
    return sum(_run(number, before, now) for number, before in wanted)


def untouched_before(calendar: Calendar, workdays: int, now: datetime) -> datetime | None:
    """Return before which instant a ticket was touched last that was left alone for long enough.

    So many whole working days lie between the day of the last touch and today. None where the
    calendar has hardly a working day.
    """
    day, left = calendar.local_date(now), workdays
    for _ in range(MOST_DAYS_BACK):
        day -= timedelta(days=1)
        left -= bool(calendar.intervals_on(day))
        if not left:
            return datetime.combine(day, time.min, calendar.zone).astimezone(UTC)
    return None


def _active(session: Session, now: datetime) -> Iterator[tuple[Automation, datetime]]:
    rows = session.scalars(
        select(Automation)
        .where(Automation.active, Automation.workdays.is_not(None))
        .order_by(Automation.position, Automation.id)
    ).all()
    if not rows:
        return
    calendar = calendars.default(session)
    for row in rows:
        before = untouched_before(calendar, row.workdays or 1, now)
        if before is not None:
            yield row, before


def _run(number: int, before: datetime, now: datetime) -> int:
    done, after = 0, (datetime.min.replace(tzinfo=UTC), 0)
    while True:
        with transaction() as session:
            automation = session.get(Automation, number)
            if automation is None or not automation.active:
                return done
            page = _due(session, automation, before, after)
            done += sum(_do(session, automation, ticket, before, now) for _, ticket in page)
        if len(page) < BATCH:
            return done
        after = page[-1]


def _due(
    session: Session, automation: Automation, before: datetime, after: Place
) -> Sequence[Place]:
    """Return the tickets that are due behind a place, by when each was touched last."""
    place = tuple_(Ticket.updated_at, Ticket.id)
    rows = session.execute(
        select(Ticket.updated_at, Ticket.id)
        .where(
            Ticket.status == automation.occasion,
            Ticket.updated_at < before,
            place > after,
            *_meeting(automation.conditions),
        )
        .order_by(Ticket.updated_at, Ticket.id)
        .limit(BATCH)
    )
    return [(row.updated_at, row.id) for row in rows]


def _do(
    session: Session, automation: Automation, number: int, before: datetime, now: datetime
) -> bool:
    """Do it to one ticket, unless somebody is at it; one that fails holds up no other."""
    try:
        with session.begin_nested():
            ticket = session.scalar(
                select(Ticket)
                .where(
                    Ticket.id == number,
                    Ticket.status == automation.occasion,
                    Ticket.updated_at < before,
                )
                .with_for_update(skip_locked=True, key_share=True, of=Ticket)
                .execution_options(populate_existing=True)
            )
            if ticket is None or automation.status is None:
                return False
            by = Actor(automation.name)
            tickets.set_status(session, ticket, automation.status, now=now, by=by)
    except OperationalError:
        raise  # the database is in trouble, not the ticket: all of them wait
    except Exception:
        log.exception("automation.failed", automation=automation.name, ticket=number)
        return False
    return True


def _meeting(conditions: Conditions) -> Iterator[ColumnElement[bool]]:
    """Yield as SQL what ``conditions.unmet`` asks of one ticket; words are for arrivals alone."""
    for name, allowed in conditions.items():
        values = list(allowed)
        if name in ("channel", "topic", "request_type", "priority"):
            yield getattr(Ticket, name).in_(values)
        elif name == "center":
            yield Ticket.center_id.in_(select(Center.id).where(Center.code.in_(values)))
        elif name == "region":
            yield Ticket.center_id.in_(select(Center.id).where(Center.region.in_(values)))
        elif name == "group":
            yield Ticket.group_id.in_(select(Group.id).where(Group.name.in_(values)))
        elif name == "requester":
            theirs = or_(*(_is_address(value) for value in values))
            yield Ticket.requester_id.in_(
                select(Address.person_id).where(Address.kind == "email", theirs)
            )


def _is_address(value: str) -> ColumnElement[bool]:
    if not value.startswith("@"):
        return Address.value == value
    return or_(
        Address.value.endswith(value, autoescape=True),
        Address.value.endswith(f".{value[1:]}", autoescape=True),
    )
