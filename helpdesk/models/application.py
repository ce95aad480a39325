"""Applications to become a center: annex 2 as it is filled in, and as it was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base
from helpdesk.models.center import Center
from helpdesk.models.ticket import Ticket


class Application(Base):
    """A form on its way. It is a draft until a step ``submit`` makes a center of it.

    Whoever holds the link is the applicant: ``token_hash`` is the SHA-256 of its secret
    part. ``data`` holds the fields of ``services.certification.application_form`` by name,
    with the ids of sealed numbers in place of the numbers. ``version`` rises with every save.
    ``confirmed_at``: the link that was mailed was opened, so the address is theirs.
    ``ticket_id`` is where office and applicant ask each other.
    """

    __tablename__ = "application"
    __table_args__ = (
        Index("ix_application_email", "email"),
        Index("ix_application_draft", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int | None] = mapped_column(
        ForeignKey("center.id", ondelete="CASCADE"), unique=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(16), default="zh")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    center: Mapped[Center | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
