"""The ticket: one matter that somebody asked about, whatever channels it uses."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent, Group
from helpdesk.models.base import NO_PROMISE, Base, index_where_known, one_of
from helpdesk.models.center import Center
from helpdesk.models.person import Person

if TYPE_CHECKING:
    from helpdesk.models.message import Message
    from helpdesk.models.policy import Target

STATUSES = ("open", "waiting", "resolved", "closed", "merged", "spam")
ACTIVE = ("open", "waiting")
PRIORITIES = ("low", "normal", "high", "urgent")
REQUEST_TYPES = ("consultation", "inquiry", "complaint")


class Ticket(Base):
    """A matter with its requester, its state and its promises.

    The primary key is the number people say. ``started_at`` is when the matter
    was raised, which a backdated call puts before ``created_at``. ``queue_at``
    is when the next unkept promise falls due, and ``NO_PROMISE`` where none
    runs: the queue is this column in order, then the number. ``at_risk`` is set
    once a promise that still runs was warned about, or is broken and still owed.
    ``resolved_at`` is when it was last settled (resolved or closed) and not worked on
    since, ``settled_at`` when it first was; ``reply_count`` counts the replies that
    agents wrote.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("priority", PRIORITIES),
        # one index per view of the queue, each ending in the keyset
        Index("ix_ticket_queue", "status", "queue_at", "id"),
        # whole: the view of what is nobody's reads its rows without an assignee
        Index("ix_ticket_assignee_queue", "assignee_id", "status", "queue_at", "id"),
        Index("ix_ticket_group_queue", "group_id", "status", "queue_at", "id"),
        # what waits to be assigned; with the status SQLite prefers it to the group's queue
        Index(
            "ix_ticket_unassigned",
            "group_id",
            "status",
            "queue_at",
            "id",
            sqlite_where=text("assignee_id IS NULL AND status = 'open'"),
            postgresql_where=text("assignee_id IS NULL AND status = 'open'"),
        ),
        index_where_known("ix_ticket_center_recent", "center_id", "id", known="center_id"),
        Index("ix_ticket_requester_recent", "requester_id", "id"),
        Index("ix_ticket_promise", "queue_at", "id"),
        Index(
            "ix_ticket_at_risk",
            "queue_at",
            "id",
            sqlite_where=text("at_risk = 1"),
            postgresql_where=text("at_risk"),
        ),
        Index("ix_ticket_status_updated", "status", "updated_at", "id"),
        # what came and what was resolved on a day
        Index("ix_ticket_created", "created_at", "id"),
        index_where_known("ix_ticket_resolved", "resolved_at", "id", known="resolved_at"),
        index_where_known("ix_ticket_settled", "settled_at", "id", known="settled_at"),
        index_where_known("ix_ticket_merged_into", "merged_into_id", "id", known="merged_into_id"),
        {"sqlite_autoincrement": True},  # a deleted ticket's number is never used again
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(16), default="open")
    priority: Mapped[str] = mapped_column(String(16), default="normal")
    channel: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))
    request_type: Mapped[str | None] = mapped_column(String(32))
    immediate: Mapped[bool] = mapped_column(default=False)
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("agent_group.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    started_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    queue_at: Mapped[datetime] = mapped_column(default=NO_PROMISE)
    at_risk: Mapped[bool] = mapped_column(default=False)
    last_message_id: Mapped[int] = mapped_column(default=0)
    awaiting_reply: Mapped[bool] = mapped_column(default=True)
    reply_count: Mapped[int] = mapped_column(default=0, server_default="0")

    requester: Mapped[Person] = relationship(foreign_keys=[requester_id])
    center: Mapped[Center | None] = relationship()
    assignee: Mapped[Agent | None] = relationship()
    group: Mapped[Group | None] = relationship()
    targets: Mapped[list[Target]] = relationship(back_populates="ticket", order_by="Target.id")
    messages: Mapped[list[Message]] = relationship(
        back_populates="ticket", order_by="Message.at, Message.id"
    )

    @property
    def number(self) -> int:
        """The number that people say and that subjects carry."""
        return self.id


class Participant(Base):
    """Somebody besides the requester who was in copy of a ticket's mail."""

    __tablename__ = "participant"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    ticket: Mapped[Ticket] = relationship()
    person: Mapped[Person] = relationship()
