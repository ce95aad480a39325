"""The way out: mail that waits to leave, and word for agents inside the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, index_where_known, one_of
from helpdesk.models.center import Center
from helpdesk.models.channel import ChannelAccount
from helpdesk.models.message import Message
from helpdesk.models.ticket import Ticket


class Outbox(Base):
    """One message that must leave; written once, sent until taken or given up.

    ``mail`` is all that it consists of (``services.sending.outgoing_mail``) and ``identity``
    its Message-ID: every try sends the same. A notice about a ``target`` that is no
    longer owed when its time comes is ``dropped``. A ``sending`` row whose
    ``next_try_at`` has passed belonged to a worker that died.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("identity"),
        one_of("state", ("queued", "sending", "sent", "dead", "dropped")),
        one_of("kind", ("reply", "acknowledgement", "notice", "account")),
        Index(
            "ix_outbox_due",
            "next_try_at",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_outbox_state", "state", "id"),
        index_where_known("ix_outbox_message_id", "message_id", known="message_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"))
    identity: Mapped[str] = mapped_column(String(255))
    sender: Mapped[str] = mapped_column(String(320))
    recipients: Mapped[list[str]]
    subject: Mapped[str] = mapped_column(String(500), default="")
    mail: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    last_error: Mapped[str | None] = mapped_column(String(500))
    error_code: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    account: Mapped[ChannelAccount | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    message: Mapped[Message | None] = relationship()


class Notification(Base):
    """Word for one agent, inside the desk; at most one per occasion."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("agent_id", "occasion"),
        Index("ix_notification_agent", "agent_id", "read_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    occasion: Mapped[str] = mapped_column(String(100))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    center: Mapped[Center | None] = relationship()


class Heartbeat(Base):
    """When each worker process was last alive, and what it is."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(String(100), primary_key=True)
    started_at: Mapped[datetime]
    at: Mapped[datetime]
