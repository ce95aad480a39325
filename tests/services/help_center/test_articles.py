"""Writing articles: versions, what the public reads, and who may do what."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.errors import Conflict, Forbidden, NotFound, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Article, ArticleEvent, ArticleText, ArticleVersion
from helpdesk.services import access
from helpdesk.services.help_center import article_drafts, article_shelf, articles
from tests.services.help_center.writing import article, boss, publish, published, write
from tests.services.people import agent, contact


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def li(session, now):
    return boss(session, now)


def _kinds(session, row) -> list[str]:
    rows = select(ArticleEvent).where(ArticleEvent.article_id == row.id)
    return [event.kind for event in session.scalars(rows.order_by(ArticleEvent.id))]


def _read(session, slug="exam-registration", language="zh"):
    return article_shelf.page(session, slug, language=language)[0].version


def test_each_save_is_a_version_and_the_same_again_is_none(session, now, chen):
    row = article(session, chen, now)

    write(session, chen, row, "报名", "第一稿", now)
    write(session, chen, row, "报名", "第二稿", now)
    text = write(session, chen, row, "报名", "第二稿", now)

    assert text.latest == 2
    assert [v.body for v in articles.versions(session, text)] == ["第二稿", "第一稿"]
    assert [v.by for v in articles.versions(session, text)] == ["陈静", "陈静"]
    assert _kinds(session, row) == ["saved", "saved"]


def test_a_draft_is_deleted_with_all_of_it(session, now, chen):
    row = article(session, chen, now)
    write(session, chen, row, "报名", "写错了", now)

    with transaction():
        articles.discard(session, chen, row)

    for model in (Article, ArticleText, ArticleVersion, ArticleEvent):
        assert session.scalars(select(model)).all() == []


def test_what_the_public_has_read_once_cannot_be_deleted(session, now, chen, li):
    text = published(session, li, now, "报名", "旧的")
    with transaction():
        articles.withdraw(session, li, text, now=now)

    with pytest.raises(Conflict), transaction():
        articles.discard(session, chen, text.article)


def test_the_public_reads_the_published_version_while_the_next_is_written(session, now, chen, li):
    text = published(session, li, now, "报名", "旧的")
    write(session, chen, text.article, "报名", "新的", now)

    assert _read(session).body == "旧的"
    assert text.state == "changed"

    publish(session, li, text, now)

    assert _read(session).body == "新的"
    assert text.state == "published"


def test_a_draft_is_read_by_nobody_outside(session, now, chen):
    row = article(session, chen, now)
    write(session, chen, row, "报名", "草稿", now)

    with pytest.raises(NotFound):
        _read(session)
    assert not any(shelf.pages for shelf in article_shelf.shelves(session, language="zh"))
    assert [line.title for line in article_shelf.listing(session, chen)] == ["报名"]


def test_withdrawing_takes_it_away_and_keeps_every_version(session, now, li):
    text = published(session, li, now, "报名")

    with transaction():
        articles.withdraw(session, li, text, now=now)

    with pytest.raises(NotFound):
        _read(session)
    assert text.latest == 1
    assert _kinds(session, text.article) == ["saved", "published", "withdrawn"]


def test_an_old_version_comes_back_as_a_new_one(session, now, chen, li):
    text = published(session, li, now, "报名", "一")
    write(session, chen, text.article, "报名", "二", now)

    with transaction():
        articles.restore(session, chen, text, 1, now=now)

    assert text.latest == 3
    assert articles.version(session, text, 3).body == "一"
    assert text.published == 1
    event = session.scalars(select(ArticleEvent).where(ArticleEvent.kind == "restored")).one()
    assert (event.number, event.detail, event.by) == (3, "1", "陈静")


def test_the_latest_version_cannot_be_brought_back(session, now, chen):
    row = article(session, chen, now)
    text = write(session, chen, row, "报名", "一", now)

    with pytest.raises(Refusal) as refused, transaction():
        articles.restore(session, chen, text, 1, now=now)
    assert refused.value.code == "same_version"


def test_who_saves_over_an_unseen_version_is_told(session, now, chen, li):
    row = article(session, chen, now)
    write(session, chen, row, "报名", "陈的", now)

    with pytest.raises(Conflict):
        write(session, li, row, "报名", "李的", now, seen=0)

    assert articles.version(session, row.text_in("zh"), 1).body == "陈的"
    assert session.query(ArticleVersion).count() == 1


def test_publishing_what_one_has_not_seen_is_refused(session, now, chen, li):
    row = article(session, chen, now)
    text = write(session, chen, row, "报名", "一", now)
    write(session, chen, row, "报名", "二", now)

    with pytest.raises(Conflict), transaction():
        articles.publish(session, li, text, seen=1, now=now)
    assert text.published is None


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        ("", "x", "title"),
        (" ", "x", "title"),
        ("x" * 201, "x", "title"),
        ("x", "x" * 50_001, "body"),
    ],
)
def test_what_cannot_be_kept_names_its_field(session, now, chen, *, title, body, field):
    row = article(session, chen, now)

    with pytest.raises(Refusal) as refused:
        write(session, chen, row, title, body, now)
    assert refused.value.field == field


def test_an_empty_text_is_not_published(session, now, li):
    row = article(session, li, now)
    text = write(session, li, row, "报名", "", now)

    with pytest.raises(Refusal) as refused, transaction():
        articles.publish(session, li, text, seen=1, now=now)
    assert refused.value.code == "no_body"


def test_agents_write_and_managers_publish(session, now, chen, li):
    text = published(session, li, now, "报名")
    write(session, chen, text.article, "报名", "改过", now)

    with pytest.raises(Forbidden), transaction():
        articles.publish(session, chen, text, seen=2, now=now)
    with pytest.raises(Forbidden), transaction():
        articles.withdraw(session, chen, text, now=now)
    assert text.published == 1


def test_a_center_writes_nothing(session, now, chen):
    fang = contact(session, now, "fang@x.example.cn", "CD017")
    row = article(session, chen, now)
    text = write(session, chen, row, "报名", "一", now)

    for attempt in (
        lambda: article(session, fang, now, "another"),
        lambda: write(session, fang, row, "报名", "二", now),
        lambda: _in_transaction(lambda: articles.restore(session, fang, text, 1, now=now)),
        lambda: _in_transaction(
            lambda: article_drafts.keep(
                session, fang, row, "zh", title="", body="", seen=0, now=now
            )
        ),
        lambda: article_shelf.listing(session, fang),
    ):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(NotFound):
        access.article_for(session, fang, row.id)


def _in_transaction(act) -> None:
    with transaction():
        act()


@pytest.mark.parametrize("slug", ["", "A", "a b", "a--b", "-a", "a/b", "报名", "x" * 81, "../etc"])
def test_an_address_that_is_none_is_refused(session, now, chen, slug):
    with pytest.raises(Refusal) as refused:
        article(session, chen, now, slug)
    assert refused.value.field == "slug"


def test_two_articles_have_two_addresses(session, now, chen):
    article(session, chen, now)

    with pytest.raises(Conflict) as refused:
        article(session, chen, now)
    assert refused.value.field == "slug"
    assert articles.free_slug(session, "Exam registration!") == "exam-registration-2"
    assert articles.free_slug(session, "考试报名") == "article-2"


def test_an_unknown_topic_is_refused(session, now, chen):
    with pytest.raises(Refusal) as refused:
        article(session, chen, now, topic="nonsense")
    assert refused.value.field == "topic"


def test_what_was_published_keeps_its_address_for_good(session, now, li):
    text = published(session, li, now, "报名")
    with transaction():
        articles.withdraw(session, li, text, now=now)

    with pytest.raises(Refusal) as refused, transaction():
        articles.move(session, li, text.article, topic="general", slug="new", position=1, now=now)
    assert refused.value.code == "slug_fixed"


def test_an_agent_moves_drafts_but_not_what_the_public_reads(session, now, chen, li):
    place = {"topic": "general", "position": 7, "now": now}
    row = article(session, chen, now, "draft")
    with transaction():
        articles.move(session, chen, row, slug="renamed", **place)
    assert (row.slug, row.topic, row.position) == ("renamed", "general", 7)
    assert _kinds(session, row) == ["moved"]

    text = published(session, li, now, "报名", slug="public")
    with pytest.raises(Forbidden), transaction():
        articles.move(session, chen, text.article, slug="public", **place)


def test_what_is_typed_is_its_writers_alone_and_gone_once_saved(session, now, chen, li):
    row = article(session, chen, now)
    with transaction():
        article_drafts.keep(session, chen, row, "zh", title="报", body="半句", seen=0, now=now)

    assert article_drafts.of(session, chen, row, "zh").body == "半句"
    assert article_drafts.of(session, li, row, "zh") is None
    assert row.text_in("zh") is None

    write(session, chen, row, "报名", "整句", now)
    assert article_drafts.of(session, chen, row, "zh") is None


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 10**30])
def test_versions_that_are_none_are_not_found(session, now, chen, number):
    text = write(session, chen, article(session, chen, now), "报名", "一", now)

    with pytest.raises(NotFound):
        articles.version(session, text, number)


def test_the_list_is_filtered_by_topic_state_language_and_words(session, now, chen, li):
    published(session, li, now, "报名", "中文", slug="both", topic="certification_exam")
    both = article_shelf.listing(session, li)[0].article
    publish(session, li, write(session, li, both, "Registration", "English", now, "en"), now)
    draft = article(session, chen, now, "draft", "general")
    write(session, chen, draft, "草稿", "百分之百 100%", now)

    def slugs(**filters) -> list[str]:
        return [line.article.slug for line in article_shelf.listing(session, li, **filters)]

    assert slugs() == ["both", "draft"]
    assert slugs(topic="general") == ["draft"]
    assert slugs(state="draft") == ["draft"]
    assert slugs(state="published") == ["both"]
    assert slugs(missing="en") == ["draft"]
    assert slugs(query="english registration") == ["both"]
    assert slugs(query="100%") == ["draft"]
    assert slugs(query="%") == ["draft"]
    assert slugs(query="nothing like it") == []
