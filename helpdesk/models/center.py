"""Certification centers: the customers of the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base


class Center(Base):
    """A college or training company that trains and examines in one region (认证中心)."""

    __tablename__ = "center"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(32), default="authorized")
    created_at: Mapped[datetime]

    domains: Mapped[list[CenterDomain]] = relationship(
        back_populates="center", cascade="all, delete-orphan", order_by="CenterDomain.domain"
    )


class CenterDomain(Base):
    """A mail domain whose senders belong to the center; never a public one (qq.com)."""

    __tablename__ = "center_domain"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"), index=True)

    center: Mapped[Center] = relationship(back_populates="domains")
