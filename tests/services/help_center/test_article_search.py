"""Finding articles, for the public: by two characters, by a question, and never a draft."""

from __future__ import annotations

import pytest

from helpdesk.extensions import transaction
from helpdesk.services.help_center import article_search, article_shelf, article_votes, articles
from tests.services.help_center.writing import article, boss, publish, published, write


@pytest.fixture
def li(session, now):
    return boss(session, now)


def found(session, query, language="zh") -> list[str]:
    return [hit.title for hit in article_search.search(session, query, language=language)]


def related(session, subject, text="", language="zh") -> list[str]:
    hits = article_search.related(session, subject, text, language=language)
    return [hit.title for hit in hits]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("名单", True),
        ("单", True),
        ("考生名单上传", True),
        ("名单考生", False),
        ("XLSX", True),
        ("xls", True),
        ("名单 xlsx", True),
        ("名单 pdf", False),
        ("ＸＬＳＸ", True),
        ("！？", False),
        ("", False),
        ("exam-registration", False),
        ("\0名单", True),
    ],
)
def test_two_characters_find_and_longer_words_are_read_again(session, now, li, query, hits):
    published(
        session,
        li,
        now,
        "认证考试报名",
        "**考生名单**上传为 `.xlsx`，见[这里](/help/articles/exam-registration)",
    )

    assert bool(found(session, query)) is hits


def test_a_draft_and_a_withdrawn_text_are_never_found(session, now, li):
    row = article(session, li, now, "draft")
    write(session, li, row, "草稿里的秘密", "秘密", now)
    text = published(session, li, now, "公开的事", "公开", slug="public")
    write(session, li, text.article, "公开的事", "尚未公布", now)

    assert found(session, "秘密") == []
    assert related(session, "草稿里的秘密") == []
    assert found(session, "尚未公布") == []

    with transaction():
        articles.withdraw(session, li, text, now=now)
    assert found(session, "公开") == []


def test_publishing_anew_forgets_the_old_words(session, now, li):
    text = published(session, li, now, "旧题", "铜牌")
    publish(session, li, write(session, li, text.article, "新题", "证书", now), now)

    assert found(session, "铜牌") == []
    assert found(session, "证书") == ["新题"]


def test_titles_come_first_and_each_article_once_in_the_readers_language(session, now, li):
    published(session, li, now, "其他", "这里提到 exam 一次", slug="other")
    text = published(session, li, now, "考试 exam", "正文", slug="exam")
    publish(session, li, write(session, li, text.article, "The exam", "text", now, "en"), now)

    assert found(session, "exam") == ["考试 exam", "其他"]
    assert found(session, "exam", "en") == ["The exam", "其他"]


def test_a_question_brings_what_fits_it_and_nothing_where_nothing_does(session, now, li):
    for slug, title, body in (
        ("list", "认证考试报名与考生名单上传", "名单须为表格。"),
        ("fees", "考试费标准与汇款", "发票在到账后寄出。"),
        ("plaque", "揭牌仪式怎么安排", "提前告诉我们日期和地点。"),
    ):
        published(session, li, now, title, body, slug=slug)

    assert related(session, "考生名单无法上传") == ["认证考试报名与考生名单上传"]
    assert related(session, "请问", "您好，发票什么时候寄出？") == ["考试费标准与汇款"]
    assert related(session, "揭牌")[0] == "揭牌仪式怎么安排"
    assert related(session, "今天天气怎么样") == []
    assert related(session, "请问您好") == []
    assert related(session, "") == []


def test_a_page_is_shown_in_another_language_where_the_readers_is_missing(session, now, li):
    text = published(session, li, now, "仅有中文")

    page, readable = article_shelf.page(session, "exam-registration", language="en")

    assert (page.text.id, readable) == (text.id, ["zh"])


def test_shelves_keep_the_order_of_topics_and_of_their_articles(session, now, li):
    for number, slug in enumerate(("third", "first", "second")):
        text = published(session, li, now, slug, slug=slug, topic="career_guidance")
        with transaction():
            articles.move(
                session,
                li,
                text.article,
                topic="career_guidance",
                slug=slug,
                position=(3, 1, 2)[number],
                now=now,
            )

    shelves = article_shelf.shelves(session, language="zh")

    assert [shelf.topic for shelf in shelves] == articles.topics()
    pages = next(shelf.pages for shelf in shelves if shelf.topic == "career_guidance")
    assert [page.article.slug for page in pages] == ["first", "second", "third"]


def test_what_helped_most_comes_first(session, now, li):
    published(session, li, now, "甲", slug="a")
    liked = published(session, li, now, "乙", slug="b")
    with transaction():
        article_votes.vote(session, liked, "somebody", helpful=True, now=now)
    session.expire_all()

    popular = article_shelf.popular(article_shelf.shelves(session, language="zh"))

    assert [page.version.title for page in popular] == ["乙", "甲"]
