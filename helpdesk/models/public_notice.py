"""Notices that everybody may read, such as that an authorisation was cancelled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, one_of
from helpdesk.models.center import Center
from helpdesk.models.outbox import Outbox

KINDS = ("cancellation", "general")


class PublicNotice(Base):
    """A page of our own under ``/notices``; the microblog's post links to it.

    A draft has no ``published_at``; one that was withdrawn says so instead of its text.
    ``post_id`` is the post in the outbox, whose delivery says whether it stands there;
    ``posted_url`` names one that somebody made by hand, where the desk has no account.
    """

    __tablename__ = "public_notice"
    __table_args__ = (
        one_of("kind", KINDS),
        Index("ix_public_notice_published", "published_at", "id"),
        Index("ix_public_notice_center", "center_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="general")
    center_id: Mapped[int | None] = mapped_column(ForeignKey("center.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"))
    posted_url: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    center: Mapped[Center | None] = relationship()
    post: Mapped[Outbox | None] = relationship()
