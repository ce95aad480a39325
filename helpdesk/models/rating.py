"""What requesters think of the answers that they were given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base
from helpdesk.models.ticket import Ticket

SCORES = ("good", "fair", "poor")


class Rating(Base):
    """The latest opinion on a ticket; ``agent`` wrote the answer that was rated."""

    __tablename__ = "rating"
    __table_args__ = (
        Index("ix_rating_at", "at", "ticket_id"),
        Index("ix_rating_agent", "agent_id"),
    )

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    score: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    ticket: Mapped[Ticket] = relationship()
    agent: Mapped[Agent | None] = relationship()
