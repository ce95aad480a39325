"""What was changed in the settings, by whom and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, one_of

AUDITED_ACTS = ("added", "changed", "removed")


class SettingChange(Base):
    """One entry of the audit log, written in the transaction that changed the setting.

    ``kind`` says what sort of setting it is and ``name`` which one, as it was called then:
    the log outlives both. ``changes`` are pairs of before and after by field; of a secret
    it says that it changed and no more. ``by`` is who did it, ``agent_id`` where that is
    one of the office's people.
    """

    __tablename__ = "setting_change"
    __table_args__ = (
        one_of("act", AUDITED_ACTS),
        Index("ix_setting_change_kind", "kind", "id"),
        Index("ix_setting_change_agent", "agent_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(320), default="")
    act: Mapped[str] = mapped_column(String(8))
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
