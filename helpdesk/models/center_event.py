"""The append-only log of centers: every step of their life and every change of their record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base
from helpdesk.models.center import Center


class CenterEvent(Base):
    """Something that happened to a center, written in the transaction that made it true.

    Kinds that begin with ``life.`` are steps of ``services.certification.center_states`` and
    are enough to tell where the center stands. ``data`` holds the reason, the ids of the
    step's documents and what it said.
    """

    __tablename__ = "center_event"
    __table_args__ = (Index("ix_center_event_center", "center_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    center: Mapped[Center] = relationship()
