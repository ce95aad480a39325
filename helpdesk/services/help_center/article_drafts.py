"""What somebody typed into an article's editor and has not saved: theirs alone, until then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Article, ArticleDraft
from helpdesk.services import access
from helpdesk.services.access import Viewer

LONGEST_TITLE = 200
LONGEST_BODY = 50_000


def keep(
    session: Session,
    viewer: Viewer,
    article: Article,
    language: str,
    *,
    title: str,
    body: str,
    seen: int,
    now: datetime,
) -> None:
    """Keep what is being typed over the version ``seen``."""
    access.require_staff(viewer)
    row = of(session, viewer, article, language) or ArticleDraft(
        login_id=viewer.login_id, article_id=article.id, language=language
    )
    row.title, row.body = title[:LONGEST_TITLE], body[:LONGEST_BODY]
    row.based_on, row.updated_at = seen, now
    session.add(row)


def of(session: Session, viewer: Viewer, article: Article, language: str) -> ArticleDraft | None:
    """Return what the viewer typed into a text and has not saved."""
    return session.get(ArticleDraft, (viewer.login_id, article.id, language))


def forget(session: Session, viewer: Viewer, article: Article, language: str) -> None:
    """Drop it."""
    row = of(session, viewer, article, language)
    if row is not None:
        session.delete(row)
