"""Service calendars: weekly hours, dated exceptions, and what is known of each year."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, one_of


class ServiceCalendar(Base):
    """When the desk is open; a saved change makes a CalendarVersion, and the last counts.

    ``regions`` are the regions of China whose centers are served by it. A ``retired`` one
    serves nobody any more and is kept for what was judged by it.
    """

    __tablename__ = "calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    tz: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    makeup_days_open: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    regions: Mapped[list[Any]] = mapped_column(default=list)
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())

    hours: Mapped[list[CalendarHours]] = relationship(
        cascade="all, delete-orphan", order_by="CalendarHours.weekday, CalendarHours.opens"
    )
    exceptions: Mapped[list[CalendarException]] = relationship(
        cascade="all, delete-orphan", order_by="CalendarException.date"
    )
    years: Mapped[list[CalendarYear]] = relationship(
        cascade="all, delete-orphan", order_by="CalendarYear.year"
    )


class CalendarHours(Base):
    """One opening interval of a weekday; minutes of the local day, 1440 is midnight's end."""

    __tablename__ = "calendar_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name="interval"),
        UniqueConstraint("calendar_id", "weekday", "opens"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]


class CalendarException(Base):
    """A dated exception: a day off, or a day with hours of its own.

    ``kind`` is ``holiday`` (closed), ``makeup`` (调休: open like a Monday where
    the calendar says so) or ``opening`` (open for ``intervals``, which may be empty).
    """

    __tablename__ = "calendar_exception"
    __table_args__ = (
        UniqueConstraint("calendar_id", "date"),
        one_of("kind", ("holiday", "makeup", "opening")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id", ondelete="CASCADE"))
    date: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100), default="")
    intervals: Mapped[list[Any] | None]


class CalendarYear(Base):
    """Whether a year's days off are official or still provisional, and from where."""

    __tablename__ = "calendar_year"
    __table_args__ = (one_of("mark", ("official", "provisional")),)

    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendar.id", ondelete="CASCADE"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(200), default="")


class CalendarVersion(Base):
    """A calendar as it stood when a deadline was computed; never changed, never deleted."""

    __tablename__ = "calendar_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"), index=True)
    created_at: Mapped[datetime]
    spec: Mapped[dict[str, Any]]
