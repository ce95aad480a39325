"""The secret address of the wallboard, for a television that nobody signs in at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class WallboardAddress(Base):
    """The secret part of the address, and who made it; there is one or none."""

    __tablename__ = "wallboard_address"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="SET NULL"))
