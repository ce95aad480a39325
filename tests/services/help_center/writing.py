"""Articles for tests: who writes and publishes, and a published one in a line."""

from __future__ import annotations

from helpdesk.extensions import transaction
from helpdesk.models import Article, ArticleText
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import articles
from tests.services.people import agent


def boss(session, now) -> Viewer:
    """Add a manager and return them as a viewer."""
    return agent(session, now, "boss@miec.example.cn", role="manager", name="李晓红")


def article(session, viewer, now, slug="exam-registration", topic="certification_exam") -> Article:
    """Make an article without a word."""
    with transaction():
        return articles.create(session, viewer, topic=topic, slug=slug, now=now)


def write(  # noqa: PLR0917 - a line of a test
    session, viewer, row, title, body, now, language="zh", *, seen=None
) -> ArticleText:
    """Keep a version of a text."""
    text = row.text_in(language)
    latest = (text.latest if text else 0) if seen is None else seen
    with transaction():
        return articles.save(
            session, viewer, row, language, title=title, body=body, seen=latest, now=now
        )


def publish(session, viewer, text, now) -> None:
    """Publish the latest version."""
    with transaction():
        articles.publish(session, viewer, text, seen=text.latest, now=now)


def published(
    session,
    viewer,
    now,
    title,
    body="正文",
    *,
    slug="exam-registration",
    language="zh",
    topic="general",
) -> ArticleText:
    """Return a text that everybody can read."""
    row = article(session, viewer, now, slug, topic)
    text = write(session, viewer, row, title, body, now, language)
    publish(session, viewer, text, now)
    return text
