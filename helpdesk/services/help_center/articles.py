"""Writing the help centre: drafts, versions, and what the public gets to read.

Every saved change is a version. Publishing names one of them; the public reads that one
while the next is being written. Each verb writes its event in the same transaction.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Article, ArticleEvent, ArticlePicture, ArticleText, ArticleVersion
from helpdesk.models.article import GENERAL, LANGUAGES
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import article_drafts, article_search
from helpdesk.services.help_center.article_drafts import LONGEST_BODY, LONGEST_TITLE

LONGEST_SLUG = 80
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def topics() -> list[str]:
    """Return the topics that an article may have: the configured ones and the general one."""
    return [*(choice.code for choice in current_config().topics), GENERAL]


def create(
    session: Session, viewer: Viewer, *, topic: str, slug: str, position: int = 0, now: datetime
) -> Article:
    """Make an article without a word in it; raise Refusal naming the wrong field."""
    access.require_staff(viewer)
    article = Article(topic="", slug="", created_at=now)
    _place(session, article, topic=topic, slug=slug, position=position)
    session.add(article)
    session.flush()
    return article


def move(
    session: Session,
    viewer: Viewer,
    article: Article,
    *,
    topic: str,
    slug: str,
    position: int,
    now: datetime,
) -> None:
    """Give an article another topic, order or, before anybody could read it, address."""
    _claim(session, article)
    access.require_writer(viewer, article)
    before = (article.topic, article.slug, article.position)
    if slug != article.slug and was_published(session, article):
        raise Refusal(
            "slug_fixed",
            _("The address stays as it was published: links to it are out in the world."),
            field="slug",
        )
    _place(session, article, topic=topic, slug=slug, position=position)
    after = (article.topic, article.slug, article.position)
    if after != before:
        detail = " · ".join(str(part) for part in before)
        _record(session, viewer, article, "moved", detail=detail, now=now)


def save(
    session: Session,
    viewer: Viewer,
    article: Article,
    language: str,
    *,
    title: str,
    body: str,
    seen: int,
    now: datetime,
) -> ArticleText:
    """Keep a new version of a text; what is typed again unchanged makes none.

    ``seen`` is the version that was changed. Raises Conflict when somebody saved another
    meanwhile, and Refusal for a text without a title.
    """
    access.require_staff(viewer)
    title, body = title.strip(), body.rstrip()
    if not title:
        raise Refusal("no_title", _("Write a title."), field="title")
    _check_length(title, body)
    _claim(session, article)
    text = _text(session, article, language)
    if text.latest != seen:
        raise Conflict(
            "article_changed",
            _("Somebody else saved this text meanwhile. Yours is kept here; compare the two."),
        )
    last = version(session, text, text.latest) if text.latest else None
    if last is None or (last.title, last.body) != (title, body):
        _add_version(session, viewer, text, title, body, now=now)
        _record(session, viewer, article, "saved", text=text, number=text.latest, now=now)
    article_drafts.forget(session, viewer, article, language)
    return text


def publish(
    session: Session, viewer: Viewer, text: ArticleText, *, seen: int, now: datetime
) -> None:
    """Let everybody read the latest version; ``seen`` is the one that was looked at."""
    access.require_publisher(viewer)
    _claim(session, text.article)
    if not text.latest or text.latest != seen:
        raise Conflict(
            "article_changed", _("Somebody saved another version meanwhile. Look at it first.")
        )
    last = version(session, text, text.latest)
    if not last.body.strip():
        raise Refusal("no_body", _("Write the text before you publish it."), field="body")
    text.published, text.published_at = last.number, now
    article_search.index(session, text, last)
    _record(session, viewer, text.article, "published", text=text, number=last.number, now=now)


def withdraw(session: Session, viewer: Viewer, text: ArticleText, *, now: datetime) -> None:
    """Take a text away from the public; its versions stay."""
    access.require_publisher(viewer)
    _claim(session, text.article)
    if text.published is None:
        return
    number, text.published, text.published_at = text.published, None, None
    article_search.forget(session, text)
    _record(session, viewer, text.article, "withdrawn", text=text, number=number, now=now)


def discard(session: Session, viewer: Viewer, article: Article) -> list[str]:
    """Delete an article that was never published, with all of it; return its pictures' files.

    What the public has read once stays in the record: it is withdrawn instead.
    """
    access.require_staff(viewer)
    _claim(session, article)
    if was_published(session, article):
        raise Conflict(
            "was_published",
            _("This article was published once: it can be withdrawn, but not deleted."),
        )
    pictures = select(ArticlePicture.sha256).where(ArticlePicture.article_id == article.id)
    files = list(session.scalars(pictures))
    session.delete(article)
    return files


def restore(
    session: Session, viewer: Viewer, text: ArticleText, number: int, *, now: datetime
) -> None:
    """Make an old version the latest again, as a new one; the public's stays until published."""
    access.require_staff(viewer)
    _claim(session, text.article)
    old = version(session, text, number)
    last = version(session, text, text.latest)
    if (old.title, old.body) == (last.title, last.body):
        raise Refusal("same_version", _("This version is the latest already."))
    _add_version(session, viewer, text, old.title, old.body, now=now)
    _record(
        session,
        viewer,
        text.article,
        "restored",
        text=text,
        number=text.latest,
        detail=str(number),
        now=now,
    )


def version(session: Session, text: ArticleText, number: int) -> ArticleVersion:
    """Return one version of a text; raise NotFound."""
    found = session.get(ArticleVersion, (text.id, number)) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound("no_version", _("There is no such version."))
    return found


def versions(session: Session, text: ArticleText) -> list[ArticleVersion]:
    """Return all versions, the latest first."""
    newest = ArticleVersion.number.desc()
    rows = select(ArticleVersion).where(ArticleVersion.text_id == text.id).order_by(newest)
    return list(session.scalars(rows))


def events(session: Session, article: Article, language: str) -> list[ArticleEvent]:
    """Return what was done to an article and its text in a language, the latest first."""
    rows = select(ArticleEvent).where(
        ArticleEvent.article_id == article.id,
        (ArticleEvent.language == language) | ArticleEvent.language.is_(None),
    )
    return list(session.scalars(rows.order_by(ArticleEvent.id.desc()).limit(200)))


def free_slug(session: Session, wished: str) -> str:
    """Return an address that nobody uses, made of what was typed or else a number."""
    words = re.findall(r"[a-z0-9]+", wished.lower())
    plain = "-".join(words)[:60].strip("-")
    if not plain or plain.isdecimal():
        last = session.scalar(select(func.max(Article.id))) or 0
        plain = f"article-{last + 1}"
    taken: Collection[str] = set(
        session.scalars(select(Article.slug).where(Article.slug.startswith(plain)))
    )
    number, slug = 1, plain
    while slug in taken:
        number += 1
        slug = f"{plain}-{number}"
    return slug


def _claim(session: Session, article: Article) -> None:
    """Wait for whoever changes the article at this moment, and read it as they left it."""
    session.execute(select(Article.id).where(Article.id == article.id).with_for_update())
    for text in article.texts:
        session.expire(text)
    session.expire(article)


def _place(session: Session, article: Article, *, topic: str, slug: str, position: int) -> None:
    if topic not in topics() and topic != article.topic:
        raise Refusal("unknown_topic", _("Choose one of the topics offered."), field="topic")
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Refusal(
            "bad_slug",
            _("Use small letters, digits and single hyphens, such as exam-registration."),
            field="slug",
        )
    if not 0 <= position < 10_000:
        raise Refusal("bad_position", _("Write a number from 0 to 9999."), field="position")
    other = session.scalar(select(Article.id).where(Article.slug == slug))
    if other is not None and other != article.id:
        raise Conflict("slug_taken", _("Another article has this address."), field="slug")
    article.topic, article.slug, article.position = topic, slug, position


def _text(session: Session, article: Article, language: str) -> ArticleText:
    _check_language(language)
    found = article.text_in(language)
    if found is None:
        found = ArticleText(language=language, latest=0, helpful=0, unhelpful=0)
        article.texts.append(found)
        session.flush()
    return found


def _add_version(
    session: Session, viewer: Viewer, text: ArticleText, title: str, body: str, *, now: datetime
) -> None:
    text.latest += 1
    session.add(
        ArticleVersion(
            text_id=text.id, number=text.latest, title=title, body=body, at=now, by=viewer.name
        )
    )
    session.flush()


def _record(
    session: Session,
    viewer: Viewer,
    article: Article,
    kind: str,
    *,
    text: ArticleText | None = None,
    number: int | None = None,
    detail: str = "",
    now: datetime,
) -> None:
    session.add(
        ArticleEvent(
            article_id=article.id,
            kind=kind,
            language=text.language if text else None,
            number=number,
            detail=detail,
            at=now,
            by=viewer.name,
            agent_id=viewer.agent_id,
        )
    )


def was_published(session: Session, article: Article) -> bool:
    """Say whether the public has ever read an article, in any language."""
    ever = select(ArticleEvent.id).where(
        ArticleEvent.article_id == article.id, ArticleEvent.kind == "published"
    )
    return session.scalar(ever.limit(1)) is not None


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise NotFound("no_language", _("Articles are written in Chinese and English."))


def _check_length(title: str, body: str) -> None:
    for field, value, most in (("title", title, LONGEST_TITLE), ("body", body, LONGEST_BODY)):
        if len(value) > most:
            raise Refusal(
                "too_long", _("At most %(most)s characters are possible.", most=most), field=field
            )
