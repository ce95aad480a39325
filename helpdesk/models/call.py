"""The hotline: every call, and the callbacks that missed ones ask for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, index_where_known, one_of
from helpdesk.models.channel import ChannelAccount
from helpdesk.models.person import Person
from helpdesk.models.ticket import Ticket

DIRECTIONS = ("inbound", "outbound", "internal")
OUTCOMES = ("answered", "abandoned", "timed_out", "voicemail", "withdrawn", "lost")


class Call(Base):
    """A telephone call, as its source tells it; durations are in seconds.

    ``lines`` are the exchange's own words, kept raw: a log that grows or is read
    again is folded anew from all of them. ``caller`` is what the exchange wrote,
    ``number`` the line of who is not at the desk in its one form, empty when withheld.
    ``outcome`` is None while the call goes on. ``in_hours``: it came within service hours.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        one_of("direction", DIRECTIONS),
        one_of("outcome", OUTCOMES),
        Index("ix_call_arrived", "arrived_at", "id"),
        Index("ix_call_number", "number", "arrived_at"),
        Index("ix_call_agent", "agent", "arrived_at", "id"),
        index_where_known("ix_call_person_id", "person_id", known="person_id"),
        index_where_known("ix_call_ticket_id", "ticket_id", known="ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(String(200))
    direction: Mapped[str] = mapped_column(String(8))
    caller: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[str] = mapped_column(String(40), default="")
    called: Mapped[str] = mapped_column(String(80), default="")
    queue: Mapped[str] = mapped_column(String(80), default="")
    agent: Mapped[str] = mapped_column(String(80), default="")
    arrived_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    wait_seconds: Mapped[float] = mapped_column(default=0.0)
    talk_seconds: Mapped[float] = mapped_column(default=0.0)
    outcome: Mapped[str | None] = mapped_column(String(16))
    in_hours: Mapped[bool] = mapped_column(default=False)
    recording: Mapped[str] = mapped_column(String(500), default="")
    lines: Mapped[list[str]] = mapped_column(default=list)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))

    account: Mapped[ChannelAccount] = relationship()
    person: Mapped[Person | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()

    @property
    def asked(self) -> bool:
        """Whether somebody called the desk to speak with a person."""
        return self.direction == "inbound"


class Callback(Base):
    """A ticket that waits for the desk to ring somebody back; one for each number at a time.

    ``open`` is False once somebody was reached or it was given up. An agent who
    dials holds ``agent_id`` until ``held_until``.
    """

    __tablename__ = "callback"
    __table_args__ = (Index("ix_callback_due", "open", "next_try_at", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(String(40), index=True)
    open: Mapped[bool] = mapped_column(default=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    held_until: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
    agent: Mapped[Agent | None] = relationship()


class CallMapping(Base):
    """Which columns of one system's exports say what, and the zone of its clock.

    ``columns`` are headings by field of ``channels.hotline.columns``.
    """

    __tablename__ = "call_mapping"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    columns: Mapped[dict[str, Any]]
    zone: Mapped[str] = mapped_column(String(64))


class Tallied:
    """The columns of what calls add up to (``sla.rates.Tally``)."""

    offered: Mapped[int]
    answered: Mapped[int]
    abandoned: Mapped[int]
    short: Mapped[int]
    outside_hours: Mapped[int]
    others: Mapped[int]
    within: Mapped[int]
    waited: Mapped[float]
    talked: Mapped[float]


class CallSum(Tallied, Base):
    """What the calls of one local hour add up to, by queue and agent."""

    __tablename__ = "call_sum"

    day: Mapped[date] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    queue: Mapped[str] = mapped_column(String(80), primary_key=True)
    agent: Mapped[str] = mapped_column(String(80), primary_key=True)


class CallHour(Tallied, Base):
    """The same whoever had the calls: most pages ask for no more, of many weeks."""

    __tablename__ = "call_hour"

    day: Mapped[date] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class CallDay(Base):
    """A day whose sums are kept, and what they were counted by.

    ``basis`` is a digest of the day's service hours and of the promise's terms: where
    these changed, the sums hold no longer.
    """

    __tablename__ = "call_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(String(16))
