"""On-site visits: what was asked for, the dates spoken of, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, one_of
from helpdesk.models.center import Center
from helpdesk.models.message import Message
from helpdesk.models.ticket import Ticket

STATES = ("requested", "proposed", "confirmed", "done", "cancelled")
DATE_STATES = ("open", "accepted", "withdrawn")
REMINDERS = ("answer", "before", "report")
_OPEN = text("state IN ('requested', 'proposed', 'confirmed')")


class Visit(Base):
    """One visit to a center, on the ticket that asked for it; at most one open at a time.

    ``state``, ``turn``, the agreed dates, ``agent_id`` and ``sequence`` are the
    projection of the visit's steps (``services.onsite.visit_states``). ``version`` rises with
    every step: who acts on an older one is told so. ``away_from`` to ``away_until`` is
    how long the agent is on the road, days of travel included. ``next_at`` is when the
    worker reminds somebody next, and ``reminder`` of what.
    """

    __tablename__ = "visit"
    __table_args__ = (
        one_of("state", STATES),
        one_of("turn", ("office", "center")),
        one_of("reminder", REMINDERS),
        Index(
            "uq_visit_open",
            "ticket_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_visit_ticket", "ticket_id", "id"),
        Index("ix_visit_center", "center_id", "id"),
        Index("ix_visit_starts", "starts_at", "id"),
        Index("ix_visit_agent", "agent_id", "away_until"),
        Index("ix_visit_due", "next_at", "id"),
        Index("ix_visit_state", "state", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id"))
    state: Mapped[str] = mapped_column(String(16), default="requested")
    turn: Mapped[str | None] = mapped_column(String(8), default="office")
    place: Mapped[str] = mapped_column(String(300))
    purpose: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    days_before: Mapped[int] = mapped_column(default=0)
    days_after: Mapped[int] = mapped_column(default=0)
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    confirmed_by_office_at: Mapped[datetime | None]
    confirmed_by_center_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")
    done_text: Mapped[str] = mapped_column(Text, default="")
    findings: Mapped[str] = mapped_column(Text, default="")
    signed_by: Mapped[str] = mapped_column(String(100), default="")
    reported_at: Mapped[datetime | None]
    report_message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL")
    )
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime | None]
    reminder: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship()
    center: Mapped[Center | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    report_message: Mapped[Message | None] = relationship()
    dates: Mapped[list[VisitDate]] = relationship(
        back_populates="visit",
        order_by="VisitDate.starts_at, VisitDate.id",
        cascade="all, delete-orphan",
    )

    @property
    def open_dates(self) -> list[VisitDate]:
        """The dates that somebody still has to answer."""
        return [date for date in self.dates if date.state == "open"]


class VisitDate(Base):
    """A beginning and end that one side named; only those of one side are open at a time."""

    __tablename__ = "visit_date"
    __table_args__ = (
        one_of("state", DATE_STATES),
        Index("ix_visit_date_visit", "visit_id", "state"),
        Index("ix_visit_date_starts", "starts_at", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    by_office: Mapped[bool]
    by: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="open")
    created_at: Mapped[datetime]

    visit: Mapped[Visit] = relationship(back_populates="dates")
