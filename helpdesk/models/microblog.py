"""Microblogs: which ticket a conversation is on, and what a day's calls and pushes were."""

from __future__ import annotations

import datetime as dt
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base
from helpdesk.models.ticket import Ticket


class PostThread(Base):
    """The ticket that a post or a whole conversation is on, by its identity on the network."""

    __tablename__ = "post_thread"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)

    ticket: Mapped[Ticket] = relationship()


class RequestMeter(Base):
    """How many calls an account made on a day in China: reading, and writing."""

    __tablename__ = "request_meter"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    reads: Mapped[int] = mapped_column(default=0)
    writes: Mapped[int] = mapped_column(default=0)


class PushNonce(Base):
    """A number that a signed push used up; kept while its signature could be used again."""

    __tablename__ = "push_nonce"
    __table_args__ = (Index("ix_push_nonce_at", "at"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    nonce: Mapped[str] = mapped_column(String(130), primary_key=True)
    at: Mapped[datetime]
