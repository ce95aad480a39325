"""Numbers that belong to people, sealed; and who saw which of them, when and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, one_of
from helpdesk.models.center import Center

SEALED_KINDS = ("id_number", "phone")
ACCESSES = ("revealed", "erased")


class SealedNumber(Base):
    """A number that only ``services.personal.sealed`` can read; forms keep the row's id.

    ``cipher`` is its AES-GCM, ``digest`` the keyed hash that it is found by, both under the
    key that ``key_id`` names. ``masked`` is what may be shown. Erasing empties all four; the
    row stays, so that nobody takes an erased number for one that never was.
    """

    __tablename__ = "sealed_number"
    __table_args__ = (
        one_of("kind", SEALED_KINDS),
        CheckConstraint(
            "(erased_at IS NULL) = (cipher IS NOT NULL AND key_id IS NOT NULL"
            " AND digest IS NOT NULL)",
            name="sealed_or_erased",
        ),
        Index("ix_sealed_number_digest", "digest"),
        Index("ix_sealed_number_key", "key_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="id_number")
    cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(String(16))
    digest: Mapped[str | None] = mapped_column(String(64))
    masked: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class PersonalAccess(Base):
    """One line of the access log, written in the transaction that shows or erases.

    ``what`` is one of ``ACCESSES``; ``subject`` says whose number of the center it was by
    its place in the form, never by name: the log outlives what it is about.
    """

    __tablename__ = "personal_access"
    __table_args__ = (
        one_of("what", ACCESSES),
        Index("ix_personal_access_agent", "agent_id", "id"),
        Index("ix_personal_access_center", "center_id", "id"),
        Index("ix_personal_access_sealed", "sealed_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    by: Mapped[str] = mapped_column(String(200))
    sealed_id: Mapped[int] = mapped_column(ForeignKey("sealed_number.id"))
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id", ondelete="SET NULL"))
    what: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")

    sealed: Mapped[SealedNumber] = relationship()
    center: Mapped[Center | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
