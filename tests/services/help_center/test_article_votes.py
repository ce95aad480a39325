"""Helpful or not: one voice a day, changed at will, and remembered of nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import NotFound, Refusal, TooMany
from helpdesk.extensions import transaction
from helpdesk.models import ArticleVote
from helpdesk.services.help_center import article_pictures, article_votes, pictures
from helpdesk.services.operations import housekeeping
from tests.services.help_center.test_pictures import picture
from tests.services.help_center.writing import article, boss, publish, published, write
from tests.services.people import agent


@pytest.fixture
def text(session, now):
    return published(session, boss(session, now), now, "报名")


def vote(session, text, who, *, helpful, now):
    with transaction():
        article_votes.vote(session, text, who, helpful=helpful, now=now)
    session.refresh(text)
    return text.helpful, text.unhelpful


def test_a_visitor_has_one_voice_a_day_and_may_change_it(session, now, text):
    assert vote(session, text, "a", helpful=True, now=now) == (1, 0)
    assert vote(session, text, "a", helpful=True, now=now) == (1, 0)
    assert vote(session, text, "a", helpful=False, now=now) == (0, 1)
    assert vote(session, text, "b", helpful=True, now=now) == (1, 1)


def test_the_next_day_counts_again(session, now, text):
    vote(session, text, "a", helpful=True, now=now)

    assert vote(session, text, "a", helpful=False, now=now + timedelta(days=1)) == (1, 1)


def test_who_voted_is_a_digest_and_forgotten_after_a_day(session, now, text):
    vote(session, text, "the-cookie", helpful=True, now=now)
    voter = session.scalars(select(ArticleVote.voter)).one()
    assert len(voter) == 64
    assert "the-cookie" not in voter

    housekeeping.run(now=now + timedelta(days=1))

    assert session.scalars(select(ArticleVote)).all() == []
    session.refresh(text)
    assert text.helpful == 1


def test_one_place_cannot_vote_without_end(session, now):
    for _ in range(article_votes.VOTES_PER_PLACE):
        with transaction():
            article_votes.count_try(session, "192.0.2.1", now=now)

    with pytest.raises(TooMany), transaction():
        article_votes.count_try(session, "192.0.2.1", now=now)
    with transaction():
        article_votes.count_try(session, "192.0.2.2", now=now)


def test_a_picture_is_public_once_a_published_text_shows_it(session, now):
    li = boss(session, now)
    row = article(session, li, now)
    with transaction():
        kept = article_pictures.add(
            session, li, row, pictures.redraw(picture()), "机房 [1].png", now=now
        )
    shown = article_pictures.markdown_of(kept)
    assert shown == f"![机房 1](/help/pictures/{kept.token})"

    with pytest.raises(NotFound):
        article_pictures.find(session, None, kept.token)
    assert article_pictures.find(session, agent(session, now), kept.token).id == kept.id
    publish(session, li, write(session, li, row, "报名", "没有图", now), now)
    with pytest.raises(NotFound):
        article_pictures.find(session, None, kept.token)
    publish(session, li, write(session, li, row, "报名", shown, now), now)
    assert article_pictures.find(session, None, kept.token).id == kept.id
    for unknown in ("", "x", "a\0b", "../../x"):
        with pytest.raises(NotFound):
            article_pictures.find(session, li, unknown)


def test_an_article_has_so_many_pictures_at_most(session, now, monkeypatch):
    monkeypatch.setattr(article_pictures, "MOST_PICTURES", 1)
    li = boss(session, now)
    row, drawn = article(session, li, now), pictures.redraw(picture())
    with transaction():
        article_pictures.add(session, li, row, drawn, "a.png", now=now)

    with pytest.raises(Refusal) as refused, transaction():
        article_pictures.add(session, li, row, drawn, "b.png", now=now)
    assert refused.value.code == "too_many_pictures"
