"""Whether an article helped: counted once a day for each visitor, and remembered of nobody."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from helpdesk.models import ArticleText, ArticleVote
from helpdesk.runtime import current_config
from helpdesk.services.database.throttling import throttle

DAY = timedelta(days=1)
VOTES_PER_PLACE = 30
"""Votes of one network address in an hour; many colleagues may share one."""
WINDOW = timedelta(hours=1)


def vote(
    session: Session, text: ArticleText, visitor: str, *, helpful: bool, now: datetime
) -> None:
    """Count a visitor's opinion of a published text; another one on the same day replaces it.

    ``visitor`` is whatever the browser is known by; a digest of it is kept for a day.
    """
    voter = _digest(visitor, text.id)
    known = session.get(ArticleVote, (text.id, voter))
    if known is not None and known.at > now - DAY:
        if known.helpful == helpful:
            return
        _count(session, text, helpful=known.helpful, step=-1)
    session.merge(ArticleVote(text_id=text.id, voter=voter, helpful=helpful, at=now))
    _count(session, text, helpful=helpful, step=1)


def count_try(session: Session, place: str, *, now: datetime) -> None:
    """Count a vote by where it comes from; raise TooMany beyond the limit."""
    key = f"vote from {place}"
    throttle(session, key, limit=VOTES_PER_PLACE, window=WINDOW, now=now)


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget who voted; the counts stay."""
    session.execute(delete(ArticleVote).where(ArticleVote.at <= now - DAY))


def _count(session: Session, text: ArticleText, *, helpful: bool, step: int) -> None:
    column = ArticleText.helpful if helpful else ArticleText.unhelpful
    session.execute(
        update(ArticleText).where(ArticleText.id == text.id).values({column: column + step})
    )


def _digest(visitor: str, text_id: int) -> str:
    key = current_config().secret_key.encode()
    return hmac.new(key, f"vote\0{text_id}\0{visitor}".encode(), "sha256").hexdigest()
