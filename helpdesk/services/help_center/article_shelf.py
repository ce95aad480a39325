"""Reading the help centre: what stands under each topic, and what is read most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Article, ArticleText, ArticleVersion
from helpdesk.models.article import LANGUAGES
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import articles

STATES = ("draft", "published", "changed")


@dataclass(frozen=True, slots=True)
class Page:
    """A published text and its article, as one page of the help centre shows it."""

    text: ArticleText
    version: ArticleVersion

    @property
    def article(self) -> Article:
        """The article that it is a text of."""
        return self.text.article


@dataclass(frozen=True, slots=True)
class Shelf:
    """A topic and what stands under it."""

    topic: str
    pages: list[Page]


def shelves(session: Session, *, language: str) -> list[Shelf]:
    """Return all topics in their order, each with its articles in theirs.

    Each article stands there once, in the reader's language where it is published in it.
    A topic that was taken off the configuration comes last, as long as it has articles.
    """
    by_topic: dict[str, list[Page]] = {topic: [] for topic in articles.topics()}
    for page in _published(session, language):
        by_topic.setdefault(page.article.topic, []).append(page)
    return [Shelf(topic, pages) for topic, pages in by_topic.items()]


def popular(found: Iterable[Shelf], *, limit: int = 5) -> list[Page]:
    """Return the pages that helped most people, and before any vote the newest."""

    def worth(page: Page) -> tuple[int, float]:
        at = page.text.published_at
        return page.text.helpful - page.text.unhelpful, at.timestamp() if at else 0.0

    return sorted((page for shelf in found for page in shelf.pages), key=worth, reverse=True)[
        :limit
    ]


def shelf(session: Session, topic: str, *, language: str) -> Shelf:
    """Return one topic; raise NotFound for one that does not exist."""
    found = {one.topic: one for one in shelves(session, language=language)}
    if topic not in found:
        raise NotFound("no_topic", _("There is no such topic."))
    return found[topic]


def page(session: Session, slug: str, *, language: str) -> tuple[Page, list[str]]:
    """Return a published article, and every language that it can be read in.

    Where it is not published in ``language`` another one is shown; raises NotFound where
    there is none.
    """
    # PostgreSQL takes no NUL in a text, and no address has one
    rows = list(_published_rows(session, Article.slug == slug)) if slug.isprintable() else []
    if not rows:
        raise NotFound("no_article", _("There is no such article."))
    rows.sort(key=lambda row: (row.text.language != language, row.text.language))
    return rows[0], [code for code in LANGUAGES if code in {row.text.language for row in rows}]


@dataclass(frozen=True, slots=True)
class Line:
    """An article in the office's list: its texts by language, where they are written."""

    article: Article
    texts: dict[str, ArticleText]
    title: str


def listing(
    session: Session,
    viewer: Viewer,
    *,
    topic: str | None = None,
    state: str | None = None,
    missing: str | None = None,
    query: str = "",
) -> list[Line]:
    """Return the articles, drafts included, that fit every filter, in the order of topics.

    ``missing`` is the language that nothing is published in.
    """
    access.require_staff(viewer)
    rows = select(Article).options(joinedload(Article.texts).joinedload(ArticleText.draft))
    if topic:
        rows = rows.where(Article.topic == topic)
    if missing:
        has_it = and_(ArticleText.language == missing, access.visible_articles(None))
        rows = rows.where(~Article.texts.any(has_it))
    if state in STATES:
        rows = rows.where(Article.texts.any(_in_state(state)))
    if query:
        rows = rows.where(_says(query))
    found = session.scalars(rows.order_by(Article.position, Article.id)).unique()
    order = {code: number for number, code in enumerate(articles.topics())}
    lines = [_line(article) for article in found]
    return sorted(lines, key=lambda line: order.get(line.article.topic, len(order)))


def _line(article: Article) -> Line:
    texts = {text.language: text for text in article.texts if text.draft}
    titles = [text.draft.title for text in article.texts if text.draft]
    return Line(article, texts, titles[0] if titles else article.slug)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "draft":
        return ArticleText.published.is_(None)
    same = ArticleText.published == ArticleText.latest
    return same if state == "published" else ArticleText.published < ArticleText.latest


def _says(query: str) -> ColumnElement[bool]:
    words = [word for word in query.replace("\0", "").split() if word][:10]
    said = (
        or_(
            ArticleVersion.title.icontains(word, autoescape=True),
            ArticleVersion.body.icontains(word, autoescape=True),
            Article.slug.icontains(word, autoescape=True),
        )
        for word in words
    )
    return Article.texts.any(ArticleText.draft.has(and_(*said)))


def _published(session: Session, language: str) -> list[Page]:
    """Return every article once, in its place."""
    best: dict[int, Page] = {}
    for row in _published_rows(session):
        if row.article.id not in best or row.text.language == language:
            best[row.article.id] = row
    return sorted(best.values(), key=lambda row: (row.article.position, row.article.id))


def _published_rows(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Page]:
    rows = session.scalars(
        select(ArticleText)
        .join(ArticleText.article)
        .join(ArticleText.public)
        .options(contains_eager(ArticleText.article), contains_eager(ArticleText.public))
        .where(access.visible_articles(None), *conditions)
        .execution_options(populate_existing=True)
    )
    return [Page(row, row.public) for row in rows if row.public]
