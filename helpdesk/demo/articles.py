"""Articles of the help centre, written and published by the office before the story begins."""

from __future__ import annotations

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.demo import files
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Article, Login
from helpdesk.models.article import LANGUAGES
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import article_pictures, article_votes, articles, pictures

PICTURE = "{picture}"


def play(*, begin: datetime, now: datetime) -> None:
    """Write every article of the table; what is marked so stays a draft."""
    table = tomllib.loads((Path(__file__).parent / "articles.toml").read_text(encoding="utf-8"))
    chance = random.Random(7)  # noqa: S311 - the same desk every time
    for number, row in enumerate(table["article"]):
        at = begin + timedelta(hours=9, minutes=15 * number)
        with transaction() as session:
            _write(session, row, number, at)
        with transaction() as session:
            _vote(session, row["slug"], chance, min(now, at + timedelta(days=2)))


def _write(session: Session, row: dict[str, Any], number: int, at: datetime) -> None:
    writer, publisher = staff(session, "agent"), staff(session, "manager")
    article = articles.create(
        session, writer, topic=row["topic"], slug=row["slug"], position=number, now=at
    )
    picture = _picture(session, writer, article, row, at)
    for language in LANGUAGES:
        if language not in row:
            continue
        written = row[language]
        text = articles.save(
            session,
            writer,
            article,
            language,
            title=written["title"],
            body=written["body"].strip().replace(PICTURE, picture),
            seen=0,
            now=at,
        )
        if not written.get("draft"):
            later = at + timedelta(minutes=30)
            articles.publish(session, publisher, text, seen=text.latest, now=later)


def _picture(
    session: Session, writer: Viewer, article: Article, row: dict[str, Any], at: datetime
) -> str:
    if PICTURE not in row["zh"]["body"]:
        return ""
    drawn = pictures.redraw(files.attachment("考场布置.png").data)
    kept = article_pictures.add(session, writer, article, drawn, "考场布置示意.png", now=at)
    return article_pictures.markdown_of(kept)


def _vote(session: Session, slug: str, chance: random.Random, at: datetime) -> None:
    article = session.scalars(select(Article).where(Article.slug == slug)).one()
    for text in article.texts:
        for voter in range(chance.randrange(24) if text.published else 0):
            helpful = chance.random() < 0.85
            article_votes.vote(session, text, f"demo {voter}", helpful=helpful, now=at)


def staff(session: Session, role: str) -> Viewer:
    """Return the first who has a role."""
    logins = select(Login).join(Login.agent).where(Agent.role == role, Agent.active)
    viewer = access.viewer_of(session.scalars(logins.order_by(Login.id)).first())  # type: ignore[arg-type]
    assert viewer is not None
    return viewer
