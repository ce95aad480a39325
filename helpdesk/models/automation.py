"""What is done to tickets by itself, as administrators say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent, Group
from helpdesk.models.base import Base, one_of

OCCASIONS = ("arrival", "waiting", "resolved")


class Automation(Base):
    """What is done to tickets that meet every condition, on one occasion.

    ``occasion`` is ``arrival``, when a ticket is opened, or the status in which nobody has
    touched it for ``workdays`` whole working days. ``conditions`` are those of policies, and
    ``words``, of which subject or text must hold one. What is None is left as it is;
    ``tell`` holds the ids of agents.
    """

    __tablename__ = "automation"
    __table_args__ = (one_of("occasion", OCCASIONS),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    occasion: Mapped[str] = mapped_column(String(16))
    workdays: Mapped[int | None]
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("agent_group.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="SET NULL"))
    priority: Mapped[str | None] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))
    request_type: Mapped[str | None] = mapped_column(String(32))
    status: Mapped[str | None] = mapped_column(String(16))
    tell: Mapped[list[Any]] = mapped_column(default=list)

    group: Mapped[Group | None] = relationship()
    assignee: Mapped[Agent | None] = relationship()
