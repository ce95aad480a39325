"""What reports count from: reopenings, each ticket as it was counted, sums, and saved reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, one_of
from helpdesk.models.ticket import Ticket


class Reopening(Base):
    """A ticket that was settled (``resolved_at``) and had to be worked on again."""

    __tablename__ = "reopening"
    __table_args__ = (Index("ix_reopening_ticket", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    resolved_at: Mapped[datetime]
    reopened_at: Mapped[datetime] = mapped_column(index=True)

    ticket: Mapped[Ticket] = relationship(cascade="")


class TicketChange(Base):
    """A ticket that may count differently by now; the database's own triggers write it.

    No key holds the ticket: one that was deleted has to be taken out of the sums.
    """

    __tablename__ = "ticket_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]


class TicketFact(Base):
    """A ticket as it stands in the sums: what it is, and on which local days it counts.

    What a ticket is stands as text, empty for none. ``entered_on`` and ``left_on``
    are when it came into the work in hand and left it for good; ``gaps`` are pairs
    of days (ISO) on which it left and came back in between. ``minutes`` are whole
    service minutes to the first reply.
    """

    __tablename__ = "ticket_fact"

    ticket_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(64), default="")
    topic: Mapped[str] = mapped_column(String(64), default="")
    request_type: Mapped[str] = mapped_column(String(64), default="")
    priority: Mapped[str] = mapped_column(String(64), default="")
    center: Mapped[str] = mapped_column(String(16), default="")
    agent: Mapped[str] = mapped_column(String(16), default="")
    group: Mapped[str] = mapped_column("in_group", String(16), default="")
    came_on: Mapped[date | None]
    resolved_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    judged_on: Mapped[date | None]
    replied_on: Mapped[date | None]
    entered_on: Mapped[date | None]
    left_on: Mapped[date | None]
    kept: Mapped[bool] = mapped_column(default=False)
    at_once: Mapped[bool] = mapped_column(default=False)
    reopened: Mapped[bool] = mapped_column(default=False)
    one_touch: Mapped[bool] = mapped_column(default=False)
    immediate: Mapped[bool] = mapped_column(default=False, server_default=false())
    minutes: Mapped[int | None]
    gaps: Mapped[list[Any] | None]


class PromiseFact(Base):
    """A promise of another metric as it stands in the sums; its ticket's fact says of whom.

    A ticket has one first reply, which is part of its own fact, and any number of these.
    ``done_on`` is when what was promised was done, in time or late.
    """

    __tablename__ = "promise_fact"
    __table_args__ = (Index("ix_promise_fact_ticket", "ticket_id"),)

    target_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ticket_id: Mapped[int]
    metric: Mapped[str] = mapped_column(String(32))
    judged_on: Mapped[date | None]
    done_on: Mapped[date | None]
    kept: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int | None]


class TicketSum(Base):
    """What tickets add up to on a day, or in a month from its first day, for one value.

    ``dimension`` is empty for all tickets together. ``metric`` is the promise that
    ``kept``, ``missed``, ``replied`` (done, in time or late) and ``minutes`` (how many took
    how many whole service minutes) speak of. What tickets add up to besides stands with
    the first reply, which each of them has.
    """

    __tablename__ = "ticket_sum"
    __table_args__ = (one_of("grain", ("day", "month")),)

    metric: Mapped[str] = mapped_column(String(32), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    grain: Mapped[str] = mapped_column(String(5), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    came: Mapped[int] = mapped_column(default=0)
    resolved: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)
    replied: Mapped[int] = mapped_column(default=0)
    at_once: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    one_touch: Mapped[int] = mapped_column(default=0)
    immediate: Mapped[int] = mapped_column(default=0)
    prompt: Mapped[int] = mapped_column(default=0)
    entered: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ReportSchedule(Base):
    """A saved report, sent by mail at the opening of a service day.

    ``every`` week on ``on_day`` 1 (Monday) to 7, or month on ``on_day`` 1 to 28; each
    tells the whole week or month before. ``period_from`` is the first day of the one
    that is told next. ``filters`` are pairs of dimension and value, ``recipients`` ids
    of agents. ``next_at`` is None while it rests.
    """

    __tablename__ = "report_schedule"
    __table_args__ = (
        one_of("every", ("week", "month")),
        Index("ix_report_schedule_due", "next_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    breakdown: Mapped[str] = mapped_column(String(16))
    filters: Mapped[list[Any]] = mapped_column(default=list)
    recipients: Mapped[list[Any]] = mapped_column(default=list)
    every: Mapped[str] = mapped_column(String(5))
    on_day: Mapped[int] = mapped_column(SmallInteger)
    period_from: Mapped[date]
    next_at: Mapped[datetime | None]
    last_sent_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    created_by: Mapped[Agent | None] = relationship()
