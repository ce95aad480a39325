"""The help centre: articles by topic, their texts in each language, and every version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from helpdesk.models.agent import Agent
from helpdesk.models.base import Base, one_of

LANGUAGES = ("zh", "en")
GENERAL = "general"
"""The topic of what belongs to none of the configured ones."""
EVENTS = ("saved", "restored", "published", "withdrawn", "moved", "picture")


class Article(Base):
    """One matter explained, whatever the language; ``slug`` is its public address for good.

    ``position`` orders the articles of a topic. ``version`` rises when it is moved.
    """

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_place", "topic", "position", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    texts: Mapped[list[ArticleText]] = relationship(
        back_populates="article",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="ArticleText.language.desc()",
    )

    def text_in(self, language: str) -> ArticleText | None:
        """Return its text in a language, written or published or not."""
        return next((text for text in self.texts if text.language == language), None)

    @property
    def is_public(self) -> bool:
        """Whether anybody can read it in any language."""
        return any(text.published is not None for text in self.texts)


class ArticleText(Base):
    """An article in one language.

    ``latest`` is the number of the version that is being worked on, ``published`` that of
    the one that the public reads, if any. ``helpful`` and ``unhelpful`` count votes, whose
    rows are forgotten after a day.
    """

    __tablename__ = "article_text"
    __table_args__ = (
        UniqueConstraint("article_id", "language"),
        one_of("language", LANGUAGES),
        CheckConstraint("published <= latest", name="published"),
        Index("ix_article_text_published", "published_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    latest: Mapped[int] = mapped_column(default=0)
    published: Mapped[int | None]
    published_at: Mapped[datetime | None]
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)

    article: Mapped[Article] = relationship(back_populates="texts")
    draft: Mapped[ArticleVersion | None] = relationship(
        primaryjoin=lambda: and_(
            ArticleText.id == foreign(ArticleVersion.text_id),
            ArticleText.latest == foreign(ArticleVersion.number),
        ),
        viewonly=True,
        uselist=False,
    )
    public: Mapped[ArticleVersion | None] = relationship(
        primaryjoin=lambda: and_(
            ArticleText.id == foreign(ArticleVersion.text_id),
            ArticleText.published == foreign(ArticleVersion.number),
        ),
        viewonly=True,
        uselist=False,
    )

    @property
    def state(self) -> str:
        """``draft``, ``published``, or ``changed``: published, and worked on since."""
        if self.published is None:
            return "draft"
        return "published" if self.published == self.latest else "changed"


class ArticleVersion(Base):
    """A text as somebody saved it; never changed, never deleted while its article lives."""

    __tablename__ = "article_version"

    text_id: Mapped[int] = mapped_column(
        ForeignKey("article_text.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))


class ArticleEvent(Base):
    """Something that was done to an article, in the transaction that did it.

    ``number`` is the version it speaks of, ``data`` what else is worth knowing (for
    ``restored`` the version that came back, for ``moved`` where it stood before).
    """

    __tablename__ = "article_event"
    __table_args__ = (
        one_of("kind", EVENTS),
        Index("ix_article_event_article", "article_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))
    number: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    agent: Mapped[Agent | None] = relationship()


class ArticleDraft(Base):
    """What somebody typed into the editor and has not saved; one per writer and text.

    ``based_on`` is the version that it was typed over.
    """

    __tablename__ = "article_draft"
    __table_args__ = (
        ForeignKeyConstraint(["login_id"], ["login.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
    )

    login_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    based_on: Mapped[int]
    updated_at: Mapped[datetime]


class ArticleVote(Base):
    """That a visitor found a text helpful or not; who it was is a digest that lasts a day."""

    __tablename__ = "article_vote"
    __table_args__ = (Index("ix_article_vote_at", "at"),)

    text_id: Mapped[int] = mapped_column(
        ForeignKey("article_text.id", ondelete="CASCADE"), primary_key=True
    )
    voter: Mapped[str] = mapped_column(String(64), primary_key=True)
    helpful: Mapped[bool]
    at: Mapped[datetime]


class ArticlePicture(Base):
    """A picture of an article, drawn anew from what was uploaded; its bytes lie in the storage.

    ``token`` is its address: pictures of drafts cannot be guessed.
    """

    __tablename__ = "article_picture"
    __table_args__ = (Index("ix_article_picture_article", "article_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))

    article: Mapped[Article] = relationship()
