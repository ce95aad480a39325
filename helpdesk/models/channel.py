"""The way in: accounts on channels, and what they brought before it was understood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, one_of


class ChannelAccount(Base):
    """One mailbox, microblog account, hotline source or form of the desk.

    ``settings`` never holds a secret, only references to one (``env:NAME`` or
    ``file:/path``). ``lease_owner`` is the worker that reads it, until
    ``lease_until``; a dead worker's lease runs out by itself. ``last_error`` is
    why it could not be read, ``send_error`` why nothing could be sent through it,
    until that goes well again; the codes are those of ``ChannelError``.
    """

    __tablename__ = "channel_account"
    __table_args__ = (
        UniqueConstraint("channel", "name"),
        one_of("state", ("active", "paused", "failing", "retired")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(320), default="")
    state: Mapped[str] = mapped_column(String(16), default="active")
    is_default: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cursor: Mapped[str | None] = mapped_column(String(500))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("agent_group.id"))
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
    last_error_code: Mapped[str | None] = mapped_column(String(32))
    last_error_at: Mapped[datetime | None]
    send_error: Mapped[str | None] = mapped_column(String(500))
    send_error_code: Mapped[str | None] = mapped_column(String(32))
    send_error_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Inbound(Base):
    """One thing that a channel brought, kept raw, and what became of it.

    Its bytes are ``raw`` where they are few, else in the storage under ``raw_key``; lists
    of items do not read them.
    ``identity`` is set when it was accepted; unique per account, it is what makes a
    second copy a duplicate.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        UniqueConstraint("account_id", "identity"),
        one_of("state", ("pending", "done", "duplicate", "suppressed", "quarantined")),
        Index(
            "ix_inbound_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_inbound_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(String(500))
    raw: Mapped[bytes | None] = mapped_column(deferred=True)
    raw_key: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int]
    received_at: Mapped[datetime]
    stored_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    reason: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(default=0)
    identity: Mapped[str | None] = mapped_column(String(998))
    processed_at: Mapped[datetime | None]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)

    account: Mapped[ChannelAccount] = relationship()
