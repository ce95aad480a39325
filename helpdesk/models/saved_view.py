"""Views of the queue that people keep for themselves or for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base


class SavedView(Base):
    """One of the queue's views with filters, under a name; ``shared``: all of the staff see it.

    ``filters`` are values by the names of ``queue.FILTERS``.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("agent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    view: Mapped[str] = mapped_column(String(32))
    filters: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
