"""The desk's calendars: which there are, what each serves, and adding and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import (
    CalendarException,
    CalendarHours,
    CalendarVersion,
    CalendarYear,
    Group,
    PolicyRecord,
    ServiceCalendar,
    Target,
)
from helpdesk.services.hours import calendars
from sla import spec as specs
from sla.spec import InvalidCalendar

NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Uses:
    """What a calendar serves: names of regions, groups and policies, and open deadlines."""

    is_default: bool
    regions: Sequence[str] = ()
    groups: Sequence[Group] = ()
    policies: Sequence[PolicyRecord] = ()
    deadlines: int = 0

    @property
    def any(self) -> bool:
        """Whether it may not be removed."""
        named = self.regions or self.groups or self.policies
        return bool(self.is_default or named or self.deadlines)


def listing(session: Session) -> Sequence[ServiceCalendar]:
    """Return the calendars in use, the default one first."""
    return session.scalars(
        select(ServiceCalendar)
        .where(ServiceCalendar.retired.is_(False))
        .order_by(ServiceCalendar.is_default.desc(), ServiceCalendar.name)
    ).all()


def calendar(session: Session, number: int | None = None) -> ServiceCalendar:
    """Return a calendar, by default the default one; raise NotFound."""
    if number is None:
        return calendars.default_calendar(session)
    found = session.get(ServiceCalendar, number)
    if found is None or found.retired:
        raise NotFound("no_calendar", _("There is no such calendar."))
    return found


def named(session: Session, name: str | None) -> ServiceCalendar:
    """Return the calendar with a name, by default the default one; raise NotFound naming all."""
    if name is None:
        return calendars.default_calendar(session)
    rows = listing(session)
    for row in rows:
        if row.name == name:
            return row
    names = ", ".join(row.name for row in rows)
    raise NotFound(
        "no_calendar",
        _("There is no calendar “%(name)s”; write one of: %(names)s", name=name, names=names),
    )


def unknown(*, field: str) -> Refusal:
    """Return the refusal of a calendar that was chosen and is not there any more."""
    return Refusal("no_calendar", _("Choose one of the calendars offered."), field=field)


def check_chosen(session: Session, number: int | None, *, field: str) -> None:
    """Raise Refusal where a calendar was chosen that is not there."""
    if number is not None and number not in {row.id for row in listing(session)}:
        raise unknown(field=field)


def uses(session: Session, row: ServiceCalendar) -> Uses:
    """Say what a calendar serves."""
    groups = select(Group).where(Group.calendar_id == row.id).order_by(Group.name)
    policies = select(PolicyRecord).where(
        PolicyRecord.calendar_id == row.id, PolicyRecord.retired.is_(False)
    )
    deadlines = (
        select(func.count(Target.id))
        .join(CalendarVersion, CalendarVersion.id == Target.calendar_version_id)
        .where(
            CalendarVersion.calendar_id == row.id,
            Target.state.in_(("running", "paused")),
        )
    )
    return Uses(
        row.is_default,
        tuple(row.regions or ()),
        session.scalars(groups).all(),
        session.scalars(policies.order_by(PolicyRecord.position)).all(),
        session.scalars(deadlines).one(),
    )


def add(
    session: Session, *, name: str, tz: str, copy_of: ServiceCalendar, now: datetime
) -> ServiceCalendar:
    """Add a calendar with the hours and the dated days of another; raise Refusal."""
    check_zone(tz)
    made = ServiceCalendar(
        name=_free_name(session, name, 0),
        tz=tz,
        makeup_days_open=copy_of.makeup_days_open,
        regions=[],
    )
    made.hours = [
        CalendarHours(weekday=row.weekday, opens=row.opens, closes=row.closes)
        for row in copy_of.hours
    ]
    made.exceptions = [
        CalendarException(date=row.date, kind=row.kind, name=row.name, intervals=row.intervals)
        for row in copy_of.exceptions
    ]
    made.years = [
        CalendarYear(year=row.year, mark=row.mark, source=row.source) for row in copy_of.years
    ]
    session.add(made)
    calendars.save_version(session, made, now=now)
    return made


def rename(session: Session, row: ServiceCalendar, name: str) -> None:
    """Give a calendar another name; raise Refusal for one that is taken."""
    row.name = _free_name(session, name, row.id)


def remove(session: Session, row: ServiceCalendar) -> None:
    """Let a calendar serve nobody any more; what was judged by it stays on record.

    Raises Refusal where it is used, naming by what.
    """
    found = uses(session, row)
    if found.is_default:
        raise Refusal(
            "is_default", _("This is the calendar that counts where nobody chose another; keep it.")
        )
    if found.any:
        raise Refusal("in_use", _("It is still used, see below; choose another calendar there."))
    row.retired = True
    row.name = f"{row.name[:80]} #{row.id}"
    session.flush()


def check_zone(tz: str) -> None:
    """Raise Refusal for a time zone that nobody knows."""
    try:
        specs.check_zone(tz)
    except InvalidCalendar as error:
        raise Refusal(
            "bad_zone",
            _("“%(tz)s” is no time zone; write one such as Asia/Shanghai.", tz=tz[:40]),
            field="tz",
        ) from error


def _free_name(session: Session, name: str, known: int) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Refusal("wrong_name", _("Give the calendar a short name."), field="name")
    taken = select(ServiceCalendar.id).where(
        func.lower(ServiceCalendar.name) == name.lower(), ServiceCalendar.id != known
    )
    if session.scalar(taken) is not None:
        raise Refusal("name_taken", _("Another calendar has this name."), field="name")
    return name
