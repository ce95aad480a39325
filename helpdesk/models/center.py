"""Certification centers: the customers of the desk, from application to exit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, one_of

STATES = (
    "draft",
    "submitted",
    "site_visit",
    "filed",
    "joint_review",
    "approved",
    "rejected",
    "contracted",
    "trained",
    "authorized",
    "exit_requested",
    "exit_processing",
    "exited",
)
EXITS = ("fail_annual_review", "miss_annual_task", "breach", "lose_licence", "request_exit")


def _when_created(context: DefaultExecutionContext) -> datetime:
    created: datetime = context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]
    return created


class Center(Base):
    """A college or training company that trains and examines in one region (认证中心).

    ``state``, ``state_since`` and ``exit_by`` are the projection of the steps in its log
    (``services.certification.center_states``). ``version`` rises with every step: who acts
    on an older one is told so. ``profile`` holds what annex 2 asks beyond the columns here,
    by the names of ``services.certification.application_form``. ``agreement_to`` and
    ``review_due_on`` are those of the agreement in force and the next annual review.
    ``next_at`` is when the worker reminds somebody next, and ``reminder`` of what.
    """

    __tablename__ = "center"
    __table_args__ = (
        one_of("state", STATES),
        one_of("exit_by", EXITS),
        Index("ix_center_state", "state", "state_since", "id"),
        Index("ix_center_due", "next_at", "id"),
        Index("ix_center_credit_code", "credit_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(32), default="authorized")
    state_since: Mapped[datetime] = mapped_column(default=_when_created)
    version: Mapped[int] = mapped_column(default=1)

    institution_type: Mapped[str] = mapped_column(String(32), default="")
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    fax: Mapped[str] = mapped_column(String(40), default="")
    postcode: Mapped[str] = mapped_column(String(6), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    legal_representative: Mapped[str] = mapped_column(String(100), default="")
    legal_phone: Mapped[str] = mapped_column(String(40), default="")
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)

    plaque_no: Mapped[str] = mapped_column(String(64), default="")
    certificate_no: Mapped[str] = mapped_column(String(64), default="")
    granted_on: Mapped[date | None]
    agreement_to: Mapped[date | None]
    review_due_on: Mapped[date | None]
    exit_by: Mapped[str | None] = mapped_column(String(32))
    plaque_returned_on: Mapped[date | None]
    documents_returned_on: Mapped[date | None]
    cooperates_again_from: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("center.id"))

    next_at: Mapped[datetime | None]
    reminder: Mapped[str | None] = mapped_column(String(32))
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
