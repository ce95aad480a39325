"""Pictures of articles: kept with the article they were uploaded for."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Article, ArticleEvent, ArticlePicture, ArticleText
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import markdown
from helpdesk.services.help_center.pictures import Picture

MOST_PICTURES = 50
LONGEST_NAME = 200


def add(
    session: Session,
    viewer: Viewer,
    article: Article,
    picture: Picture,
    name: str,
    *,
    now: datetime,
) -> ArticlePicture:
    """Keep a picture that was drawn anew; raise Refusal when the article has too many."""
    access.require_staff(viewer)
    count = select(func.count()).where(ArticlePicture.article_id == article.id)
    if (session.scalar(count) or 0) >= MOST_PICTURES:
        raise Refusal(
            "too_many_pictures", _("An article may have %(n)s pictures.", n=MOST_PICTURES)
        )
    row = ArticlePicture(
        article_id=article.id,
        token=token_urlsafe(16),
        name=name[:LONGEST_NAME],
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        size=len(picture.data),
        sha256=current_storage().put(picture.data),
        at=now,
        by=viewer.name,
    )
    session.add(row)
    session.add(
        ArticleEvent(
            article_id=article.id,
            kind="picture",
            detail=row.name,
            at=now,
            by=viewer.name,
            agent_id=viewer.agent_id,
        )
    )
    session.flush()
    return row


def of(session: Session, article: Article) -> list[ArticlePicture]:
    """Return an article's pictures, the latest first."""
    rows = select(ArticlePicture).where(ArticlePicture.article_id == article.id)
    return list(session.scalars(rows.order_by(ArticlePicture.id.desc())))


def find(session: Session, viewer: Viewer | None, token: str) -> ArticlePicture:
    """Return the picture at an address; the public sees those that a published text shows."""
    # PostgreSQL takes no NUL in a text, and no token has one
    rows = select(ArticlePicture).where(ArticlePicture.token == token)
    found = session.scalar(rows) if token.isprintable() else None
    if found is None or not (_works_here(viewer) or _is_shown(session, found)):
        raise NotFound("no_picture", _("There is no such picture."))
    return found


def markdown_of(picture: ArticlePicture) -> str:
    """Return what to write into an article to show the picture there."""
    words = "".join(c for c in picture.name.rpartition(".")[0] if c not in "[]\\\n").strip()
    return f"![{words or picture.name}]({markdown.PICTURES}{picture.token})"


def _works_here(viewer: Viewer | None) -> bool:
    return viewer is not None and viewer.is_staff


def _is_shown(session: Session, picture: ArticlePicture) -> bool:
    texts = select(ArticleText).where(
        ArticleText.article_id == picture.article_id, access.visible_articles(None)
    )
    shown = (text.public for text in session.scalars(texts))
    return any(version and picture.token in version.body for version in shown)
