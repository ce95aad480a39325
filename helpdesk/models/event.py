"""The append-only log: every change of a ticket and every beat of its clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, index_where_known
from helpdesk.models.person import Person
from helpdesk.models.policy import Target
from helpdesk.models.ticket import Ticket


class Event(Base):
    """Something that happened, written in the transaction that made it true.

    ``at`` is when it happened, ``recorded_at`` when it was written: a breach
    that a stopped worker missed is recorded late and dated right. Kinds that
    begin with ``clock.`` belong to ``target_id`` and are enough to recompute it.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_ticket", "ticket_id", "id"),
        index_where_known("ix_event_target", "target_id", "id", known="target_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    # a flush writes what an event is about before the event
    ticket: Mapped[Ticket | None] = relationship(cascade="")
    target: Mapped[Target | None] = relationship(cascade="")
    person: Mapped[Person | None] = relationship(cascade="")
