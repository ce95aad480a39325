"""The office's staff, their groups, and everybody's sign-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, one_of
from helpdesk.models.person import Person

membership = Table(
    "membership",
    Base.metadata,
    Column("group_id", ForeignKey("agent_group.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True, index=True),
    # the number of the last ticket that the group handed to this member; 0 before the first
    Column("turn", Integer, server_default="0", nullable=False),
)

WAYS_TO_ASSIGN = ("off", "turns", "load")


class Group(Base):
    """Agents who share a queue; a promise nobody holds yet warns its ticket's group.

    Its promises count in its own calendar, if it has one. ``auto_assign``: gives its tickets to
    its members by itself, by turns or to whoever has the least, while they have fewer than
    ``most_open`` open ones.
    """

    __tablename__ = "agent_group"  # GROUP is a reserved word of SQL

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))
    auto_assign: Mapped[str] = mapped_column(String(16), default="off", server_default="off")
    most_open: Mapped[int | None]

    agents: Mapped[list[Agent]] = relationship(secondary=membership, back_populates="groups")


class Agent(Base):
    """A member of the office (客服, 主管 or administrator).

    ``calendar_token`` is the secret part of the address of the agent's own calendar.
    ``away``: gets no new tickets; with ``away_until`` only before that instant, whether or not
    a worker has noted the return yet (``is_away``).
    ``quiet``: mails about promises wait for service hours (BEHAVIOURS 16).
    ``channel_manager`` (渠道管理人员): receives applications, reviews and visits; managers and
    administrators may do the same without it.
    """

    __tablename__ = "agent"
    __table_args__ = (
        one_of("role", ("agent", "manager", "admin")),
        Index("uq_agent_calendar_token", "calendar_token", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    role: Mapped[str] = mapped_column(String(16), default="agent")
    active: Mapped[bool] = mapped_column(default=True)
    away: Mapped[bool] = mapped_column(default=False)
    away_until: Mapped[datetime | None]
    notify_by_mail: Mapped[bool] = mapped_column(default=True)
    quiet: Mapped[bool] = mapped_column(default=False)
    channel_manager: Mapped[bool] = mapped_column(default=False)
    signature: Mapped[str] = mapped_column(String(1000), default="")
    calendar_token: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    groups: Mapped[list[Group]] = relationship(
        secondary=membership, back_populates="agents", order_by="Group.name"
    )

    def is_away(self, now: datetime) -> bool:
        """Say whether this agent is away at an instant."""
        return self.away and (self.away_until is None or now < self.away_until)


class Login(Base):
    """The credentials of an agent or of a center's contact.

    ``epoch`` is part of each session: raising it signs everybody out who holds
    an older one (password changed, account closed).
    """

    __tablename__ = "login"
    __table_args__ = (
        CheckConstraint("(agent_id IS NULL) <> (person_id IS NULL)", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(
        ForeignKey("agent.id", ondelete="CASCADE"), unique=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), unique=True
    )
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)
    locale: Mapped[str | None] = mapped_column(String(16))
    theme: Mapped[str | None] = mapped_column(String(16))
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    agent: Mapped[Agent | None] = relationship()
    person: Mapped[Person | None] = relationship()


class Throttle(Base):
    """How often something was tried in a window, counted for all web processes at once."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    window_start: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=0)
