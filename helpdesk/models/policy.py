"""Promises as configuration, and the targets they set on tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, index_where_known, one_of
from helpdesk.models.calendar import CalendarVersion, ServiceCalendar
from helpdesk.models.ticket import Ticket


class PolicyRecord(Base):
    """Which promises hold for which tickets; the first whose conditions match wins.

    Without a calendar of its own the promises count in the ticket's: its center's
    region's, else its group's, else the default one.
    """

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    promises: Mapped[list[Any]] = mapped_column(default=list)
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))
    retired: Mapped[bool] = mapped_column(default=False)

    calendar: Mapped[ServiceCalendar | None] = relationship()
    versions: Mapped[list[PolicyVersion]] = relationship(
        order_by="PolicyVersion.number", back_populates="policy"
    )

    __table_args__ = (
        Index(
            "uq_policy_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )


class PolicyVersion(Base):
    """A policy as it was saved once; never changed, never deleted."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("policy_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    number: Mapped[int]
    created_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    conditions: Mapped[dict[str, Any]]
    promises: Mapped[list[Any]]
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))

    policy: Mapped[PolicyRecord] = relationship(back_populates="versions")


class Target(Base):
    """One promise on one ticket: its deadline and what became of it.

    ``round`` counts the targets of a metric that a ticket may have several of.
    ``promise`` and ``calendar_version`` are the snapshot that the deadline was
    computed from. ``risk_at`` is when the last warning goes out or went out. ``next_at``
    is the next instant at which a warning or a breach has to be recorded; the sweep reads
    nothing else.
    """

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("ticket_id", "metric", "round"),
        one_of("state", ("running", "paused", "met", "breached", "cancelled")),
        index_where_known("ix_target_next_at", "next_at", known="next_at"),
        Index(
            "ix_target_unfinished",
            "id",
            sqlite_where=text("state IN ('running', 'paused')"),
            postgresql_where=text("state IN ('running', 'paused')"),
        ),
        index_where_known("ix_target_metric_met_at", "metric", "met_at", known="met_at"),
        Index("ix_target_metric_due_at", "metric", "due_at"),
        index_where_known(
            "ix_target_metric_breached_at", "metric", "breached_at", known="breached_at"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    metric: Mapped[str] = mapped_column(String(32))
    round: Mapped[int] = mapped_column(default=1)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"), index=True)
    policy_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("policy_version.id"), index=True
    )
    policy_name: Mapped[str] = mapped_column(String(100))
    promise: Mapped[dict[str, Any]]
    calendar_version_id: Mapped[int] = mapped_column(ForeignKey("calendar_version.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    provisional: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    risk_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_minutes: Mapped[float] = mapped_column(default=0.0)
    met_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    service_minutes: Mapped[float | None]

    ticket: Mapped[Ticket] = relationship(back_populates="targets")
    calendar_version: Mapped[CalendarVersion] = relationship()
    policy_version: Mapped[PolicyVersion | None] = relationship()


class PendingJudgement(Base):
    """An open ticket that is still to follow a change of policies, and who decided that.

    The worker takes the row away in the transaction that judges the ticket again.
    """

    __tablename__ = "pending_judgement"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    decided_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="SET NULL"))
