"""What a center's record holds beside its facts: papers, judgements, agreements, people, fees."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.application import Application
from helpdesk.models.base import Base, one_of
from helpdesk.models.center import Center
from helpdesk.models.ticket import Ticket

DOCUMENT_KINDS = (
    "licence",
    "school_certificate",
    "credentials",
    "floor_plan",
    "photograph",
    "visit_report",
    "opinion",
    "agreement",
    "review",
    "exit_application",
    "evidence",
    "return_receipt",
    "download",
    "other",
)
BODIES = ("guidance_center", "internet_base")
REVIEW_OUTCOMES = ("passed", "failed", "missed_task")
REQUEST_KINDS = ("change", "exit")
REQUEST_STATES = ("open", "accepted", "refused", "withdrawn")


class Document(Base):
    """A file of an application or a center; a newer version replaces an older one, which stays.

    ``shared``: the center's people may download it. Bytes lie in the storage under ``sha256``.
    """

    __tablename__ = "document"
    __table_args__ = (
        one_of("kind", DOCUMENT_KINDS),
        CheckConstraint(
            "application_id IS NOT NULL OR center_id IS NOT NULL", name="belongs_somewhere"
        ),
        Index("ix_document_center", "center_id", "id"),
        Index("ix_document_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int | None] = mapped_column(
        ForeignKey("application.id", ondelete="CASCADE")
    )
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.id", ondelete="SET NULL"), unique=True
    )
    shared: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    application: Mapped[Application | None] = relationship()
    center: Mapped[Center | None] = relationship()


class Qualification(Base):
    """One criterion of chapter 4 for one center: the figure, the judgement, the reviewer's word.

    ``judged`` is worked out from the form; ``confirmed`` is the reviewer's, who gives a
    ``reason`` where the two differ.
    """

    __tablename__ = "qualification"
    __table_args__ = (UniqueConstraint("center_id", "criterion"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    criterion: Mapped[str] = mapped_column(String(32))
    figure: Mapped[str] = mapped_column(String(300), default="")
    judged: Mapped[bool | None]
    confirmed: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")
    by: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime | None]


class Opinion(Base):
    """What one of the two reviewing bodies says in the joint review (复审)."""

    __tablename__ = "opinion"
    __table_args__ = (
        one_of("body", BODIES),
        UniqueConstraint("center_id", "body"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(String(32))
    favourable: Mapped[bool]
    text: Mapped[str] = mapped_column(Text, default="")
    given_on: Mapped[date]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]

    document: Mapped[Document | None] = relationship()


class Agreement(Base):
    """The agreement with a center (annex 1); each renewal is one of its own. Fees in yuan.

    Both have signed once ``signed_on`` is set and both representatives are named.
    ``taken_up``: a step of the center's life rests on it, so it is not changed any more.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("valid_from < valid_to", name="dates"),
        Index("ix_agreement_center", "center_id", "valid_from"),
        Index("ix_agreement_ends", "valid_to", "center_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String(64), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    signed_on: Mapped[date | None]
    office_representative: Mapped[str] = mapped_column(String(100), default="")
    center_representative: Mapped[str] = mapped_column(String(100), default="")
    fee_intermediate: Mapped[int] = mapped_column(default=400)
    fee_senior: Mapped[int] = mapped_column(default=800)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))
    taken_up: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    ended_why: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    document: Mapped[Document | None] = relationship()

    @property
    def signed_by_both(self) -> bool:
        """Both parties have put their names under it."""
        return bool(self.signed_on and self.office_representative and self.center_representative)


class Lecturer(Base):
    """A lecturer of the center whom the office trained; a senior one has to be there."""

    __tablename__ = "lecturer"
    __table_args__ = (Index("ix_lecturer_center", "center_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    senior: Mapped[bool] = mapped_column(default=True)
    certificate_no: Mapped[str] = mapped_column(String(64), default="")
    issued_on: Mapped[date | None]
    valid_to: Mapped[date | None]
    created_at: Mapped[datetime]


class Teacher(Base):
    """A teacher of the center as annex 2 lists them."""

    __tablename__ = "teacher"
    __table_args__ = (Index("ix_teacher_center", "center_id", "position", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(100))
    course: Mapped[str] = mapped_column(String(200), default="")
    full_time: Mapped[bool | None]
    years: Mapped[int | None]
    remarks: Mapped[str] = mapped_column(String(500), default="")


class AnnualReview(Base):
    """A year's review: the task that was set, what was done, and how it was decided."""

    __tablename__ = "annual_review"
    __table_args__ = (
        one_of("outcome", REVIEW_OUTCOMES),
        UniqueConstraint("center_id", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    year: Mapped[int]
    due_on: Mapped[date | None]
    task: Mapped[str] = mapped_column(String(500), default="")
    target: Mapped[int | None]
    done: Mapped[int | None]
    findings: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str | None] = mapped_column(String(16))
    decided_on: Mapped[date | None]
    agreement_id: Mapped[int | None] = mapped_column(
        ForeignKey("agreement.id", ondelete="SET NULL")
    )
    by: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]

    agreement: Mapped[Agreement | None] = relationship()


class Remittance(Base):
    """Exam fees of one exam: collected by the center, remitted in full before it. Yuan.

    The fees are those of the agreement in force when it was reported.
    """

    __tablename__ = "remittance"
    __table_args__ = (
        Index("ix_remittance_center", "center_id", "exam_on"),
        Index("ix_remittance_exam", "exam_on", "id"),
        Index(
            "ix_remittance_unsettled",
            "exam_on",
            "id",
            sqlite_where=text("confirmed_on IS NULL"),
            postgresql_where=text("confirmed_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    exam_on: Mapped[date]
    intermediate: Mapped[int] = mapped_column(default=0)
    senior: Mapped[int] = mapped_column(default=0)
    fee_intermediate: Mapped[int] = mapped_column(default=400)
    fee_senior: Mapped[int] = mapped_column(default=800)
    collected_on: Mapped[date | None]
    remitted_on: Mapped[date | None]
    remitted: Mapped[int] = mapped_column(default=0)
    confirmed_on: Mapped[date | None]
    confirmed_by: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    @property
    def owed(self) -> int:
        """What has to be remitted in full."""
        return self.intermediate * self.fee_intermediate + self.senior * self.fee_senior

    def is_late(self, today: date) -> bool:
        """Say whether it was not, or not wholly, with the office before the exam."""
        if self.remitted_on is None or self.remitted < self.owed:
            return today >= self.exam_on
        return self.remitted_on >= self.exam_on


class CenterRequest(Base):
    """What a center asks the office to change in its record, or that it wants to leave.

    ``proposed`` holds the new values by field; the office takes them over or says why not.
    """

    __tablename__ = "center_request"
    __table_args__ = (
        one_of("kind", REQUEST_KINDS),
        one_of("state", REQUEST_STATES),
        Index("ix_center_request_center", "center_id", "id"),
        Index("ix_center_request_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    center_id: Mapped[int] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="open")
    proposed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    answer: Mapped[str] = mapped_column(String(1000), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    by: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    center: Mapped[Center] = relationship()
    document: Mapped[Document | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
