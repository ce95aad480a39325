"""The people who ask, and the addresses by which channels know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, index_where_known
from helpdesk.models.center import Center


class Person(Base):
    """Somebody outside the office: a center's contact, an applicant, a visitor.

    ``lead``: speaks for the center, and invites its other people.
    """

    __tablename__ = "person"
    __table_args__ = (index_where_known("ix_person_center_id", "center_id", known="center_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id"))
    lead: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]

    center: Mapped[Center | None] = relationship()
    addresses: Mapped[list[Address]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="Address.id"
    )

    @property
    def email(self) -> str | None:
        """The first mail address, where there is one."""
        return next((a.value for a in self.addresses if a.kind == "email"), None)

    @property
    def display_name(self) -> str:
        """The name, or else the first address, so that nobody is shown as blank."""
        return self.name or (self.addresses[0].value if self.addresses else "")


class Address(Base):
    """One way to reach a person on a channel, normalised by that channel.

    ``muted_at`` is set when mail to it bounced for good; nothing automatic is
    sent there until an agent lifts it.
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(320))
    muted_at: Mapped[datetime | None]
    muted_reason: Mapped[str | None] = mapped_column(String(500))

    person: Mapped[Person] = relationship(back_populates="addresses")
