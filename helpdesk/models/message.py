"""What was said on a ticket, and the files that came with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, index_where_known, one_of
from helpdesk.models.person import Person
from helpdesk.models.ticket import Ticket


class Message(Base):
    """One message, note or automatic answer.

    ``text`` is the new part and ``full_text`` the whole body where that is more
    (quoted history). ``automatic`` marks what a machine wrote: it is never a
    reply. ``delivery`` speaks of outward messages only. ``identity`` is the
    Message-ID, or what stands for it on other channels.
    """

    __tablename__ = "message"
    __table_args__ = (
        one_of("direction", ("in", "out", "note")),
        one_of("delivery", ("none", "queued", "sent", "failed")),
        Index("ix_message_ticket", "ticket_id", "at", "id"),
        Index("ix_message_identity", "identity"),
        Index("ix_message_person", "person_id", "id"),
        index_where_known("ix_message_agent_id", "agent_id", known="agent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    direction: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    automatic: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    author_name: Mapped[str] = mapped_column(String(200))
    author_address: Mapped[str] = mapped_column(String(320), default="")
    reply_to: Mapped[str | None] = mapped_column(String(320))
    at: Mapped[datetime]
    created_at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(500), default="")
    text: Mapped[str] = mapped_column(Text)
    full_text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    identity: Mapped[str | None] = mapped_column(String(998))
    in_reply_to: Mapped[str | None] = mapped_column(String(998))
    recipients: Mapped[list[str]] = mapped_column(default=list)
    cc: Mapped[list[str]] = mapped_column(default=list)
    delivery: Mapped[str] = mapped_column(String(8), default="none")
    delivery_error: Mapped[str | None] = mapped_column(String(500))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"))

    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    person: Mapped[Person | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    attachments: Mapped[list[AttachmentRecord]] = relationship(
        back_populates="message", order_by="AttachmentRecord.id", cascade="all, delete-orphan"
    )


class AttachmentRecord(Base):
    """A file of a message; its bytes lie in the storage under ``sha256``."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    inline: Mapped[bool] = mapped_column(default=False)
    content_id: Mapped[str | None] = mapped_column(String(255))

    message: Mapped[Message] = relationship(back_populates="attachments")


class Draft(Base):
    """What an agent or contact typed and has not sent; one per writer, ticket and kind."""

    __tablename__ = "draft"

    login_id: Mapped[int] = mapped_column(
        ForeignKey("login.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
