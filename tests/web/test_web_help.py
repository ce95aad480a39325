"""The help centre for everybody: reading, searching, voting, asking on; drafts stay inside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import ArticleText, ChannelAccount
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import article_pictures, article_votes, articles, pictures
from helpdesk.web import requests
from tests.services.help_center.test_pictures import picture
from tests.web.pages import at, post

WRITER = Viewer(login_id=1, role="manager", name="吴昊", email="wu@office.test", agent_id=2)


@pytest.fixture
def shelf(desk):
    """Return a way to put an article on the shelf."""

    def put(
        slug="exam",
        *,
        public=True,
        topic="certification_exam",
        code="zh",
        title="考试报名",
        body="**名单**",
    ):
        with transaction() as session:
            found = session.query(articles.Article).filter_by(slug=slug).one_or_none()
            row = found or articles.create(
                session, WRITER, topic=topic, slug=slug, now=at("2 9:00")
            )
            text = articles.save(
                session, WRITER, row, code, title=title, body=body, seen=0, now=at("2 9:00")
            )
            if public:
                articles.publish(session, WRITER, text, seen=1, now=at("2 9:10"))
            return row.id

    return put


@pytest.fixture
def visitor(desk):
    client = desk.test_client()
    client.set_cookie("lang", "en")
    return client


def counts() -> tuple[int, int]:
    db.session.rollback()
    text = db.session.scalars(select(ArticleText)).one()
    return text.helpful, text.unhelpful


def test_strangers_are_led_to_the_help_centre_with_the_sign_in_a_click_away(visitor):
    page = visitor.get("/", follow_redirects=True)

    assert page.request.path == "/help"
    assert 'href="/sign-in"' in page.text
    assert "The help centre is being filled" in page.text


def test_the_first_page_shows_topics_with_their_articles(visitor, shelf):
    shelf()

    page = visitor.get("/help").text

    assert 'href="/help/articles/exam"' in page
    assert 'href="/help/certification_exam"' in page
    assert "Plaque unveiling" in page
    assert 'href="/ask?topic=plaque_unveiling"' in page


def test_an_article_is_read_in_both_languages_and_asks_on_with_its_topic(visitor, shelf):
    shelf()
    shelf(code="en", title="Registering", body="the **list**")

    page = visitor.get("/help/articles/exam").text
    assert "<strong>list</strong>" in page
    assert 'href="/help/articles/exam?lang=zh"' in page
    assert 'href="/ask?topic=certification_exam"' in page

    chinese = visitor.get("/help/articles/exam?lang=zh").text
    assert "<strong>名单</strong>" in chinese
    assert '<html lang="zh-CN"' in chinese


def test_the_language_switch_of_the_frame_is_not_undone_by_the_address(visitor, shelf):
    shelf()

    page = visitor.get("/help/articles/exam?lang=zh&from=mail").text

    assert 'name="next" value="/help/articles/exam?from=mail"' in page


def test_where_the_readers_language_is_missing_the_other_is_shown_and_said_so(visitor, shelf):
    shelf()

    page = visitor.get("/help/articles/exam").text

    assert "not written in your language yet" in page
    assert '<article class="card article" lang="zh-CN">' in page


@pytest.mark.parametrize(
    "path",
    ["/help/articles/exam", "/help/articles/nothing", "/help/nonsense", "/help/articles/a%00b"],
)
def test_drafts_and_nonsense_are_not_there(visitor, shelf, path):
    shelf(public=False)

    assert visitor.get(path).status_code == 404


def test_drafts_are_found_by_no_page_of_the_public(visitor, shelf):
    shelf(public=False, title="秘密的考试")

    for page in (
        visitor.get("/help"),
        visitor.get("/help/certification_exam"),
        visitor.get("/help/search?q=秘密"),
        post(visitor, "/help/related", {"subject": "秘密的考试"}),
    ):
        assert page.status_code == 200
        assert "秘密的考试" not in page.text


def test_search_finds_by_two_characters_and_escapes_what_was_typed(visitor, shelf):
    shelf()

    assert "1 article found" in visitor.get("/help/search?q=名单").text
    nothing = visitor.get("/help/search?q=<script>alert(1)</script>").text
    assert "No article holds all of that" in nothing
    assert "<script>alert" not in nothing


def test_a_fragment_of_the_search_is_the_list_alone(visitor, shelf):
    shelf()

    found = visitor.get("/help/search?q=名单", headers={"HX-Request": "true"}).text

    assert "考试报名" in found
    assert "<html" not in found


def test_what_is_being_asked_brings_articles(visitor, shelf):
    shelf(title="考试报名与名单")

    assert "考试报名与名单" in post(visitor, "/help/related", {"subject": "考试名单"}).text
    assert post(visitor, "/help/related", {"subject": "天气"}).text.strip() == ""
    assert visitor.post("/help/related", data={"subject": "考试名单"}).status_code == 400


def test_a_vote_counts_once_a_day_and_leads_back(visitor, shelf):
    shelf()

    answer = post(visitor, "/help/articles/exam/votes", {"helpful": "yes"})
    post(visitor, "/help/articles/exam/votes", {"helpful": "yes"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/help/articles/exam"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert counts() == (1, 0)
    post(visitor, "/help/articles/exam/votes", {"helpful": "no"})
    assert counts() == (0, 1)


def test_a_vote_needs_a_post_with_its_token(visitor, shelf):
    shelf()

    assert visitor.get("/help/articles/exam/votes?helpful=yes").status_code == 405
    assert visitor.post("/help/articles/exam/votes", data={"helpful": "yes"}).status_code == 400
    assert counts() == (0, 0)


def test_votes_from_one_place_end_and_say_so(desk, shelf):
    shelf()
    for _ in range(article_votes.VOTES_PER_PLACE + 3):  # each browser is a new visitor
        answer = post(desk.test_client(), "/help/articles/exam/votes", {"helpful": "yes"})
        assert answer.status_code == 302

    assert counts() == (article_votes.VOTES_PER_PLACE, 0)


def test_nobody_votes_on_a_draft(visitor, shelf):
    shelf(public=False)

    assert post(visitor, "/help/articles/exam/votes", {"helpful": "yes"}).status_code == 404


def test_a_picture_is_sent_as_what_it_is_and_can_run_nothing(visitor, shelf):
    number = shelf(public=False)
    with transaction() as session:
        row = session.get_one(articles.Article, number)
        kept = article_pictures.add(
            session, WRITER, row, pictures.redraw(picture()), "a.png", now=at("2 9:00")
        )
        address = f"/help/pictures/{kept.token}"
        body = article_pictures.markdown_of(kept)
    assert visitor.get(address).status_code == 404

    shelf(code="en", title="With a picture", body=body)

    sent = visitor.get(address)
    assert (sent.status_code, sent.content_type) == (200, "image/png")
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    sent.close()


def test_a_topic_in_the_address_is_chosen_in_both_forms(desk, visitor, sign_in):
    center = sign_in("zhou@college.test")

    for client, path in ((visitor, "/ask"), (center, "/portal/new")):
        page = client.get(f"{path}?topic=certification_exam").text
        assert '<option value="certification_exam" selected>' in page
        assert client.get(f"{path}?topic=<b>").status_code == 200


def test_the_contact_page_lists_five_channels_and_what_is_closed(visitor):
    with transaction() as session:
        for channel, address, state, settings in (
            ("email", "help@office.test", "active", {}),
            ("hotline", "157-1296-9460", "active", {}),
            ("microblog", "", "active", {"network": "weibo", "handle": "@chinamiec"}),
            (
                "microblog",
                "",
                "retired",
                {"handle": "t.qq.com/chinamiec", "retired_on": "2020-09-28"},
            ),
        ):
            session.add(
                ChannelAccount(
                    channel=channel, name=f"{channel} {state}", address=address, state=state,
                    settings=settings, created_at=at("2 9:00"),
                )
            )  # fmt: skip

    page = visitor.get("/contact").text

    for said in (
        'href="mailto:help@office.test"',
        'href="tel:15712969460"',
        'href="https://weibo.com/chinamiec"',
        "<s>t.qq.com/chinamiec</s>",
        "closed since Mon 28 Sep 2020",
        "On-site visit",
        "Open now",
        "<dt>First reply</dt><dd>one working day</dd>",
        "<dt>Calls that are answered</dt><dd>at least 85%</dd>",
    ):
        assert said in page, said


def test_a_holiday_is_told_where_people_look(visitor, monkeypatch):
    monkeypatch.setattr(requests, "_clock", lambda: datetime(2026, 10, 1, 2, 0, tzinfo=UTC))

    for path in ("/contact", "/help"):
        assert "Today is a day off: 国庆节" in visitor.get(path).text


def test_the_frame_leads_on_to_what_is_built(desk, visitor, sign_in):
    page = visitor.get("/contact").text
    built = desk.url_map.bind("")

    for path in ("/apply", "/notices"):
        assert (f'href="{path}"' in page) is built.test(path, "GET")
    assert 'href="/portal/"' in sign_in("zhou@college.test").get("/help").text
    assert "To the desk" in sign_in("wu@office.test").get("/help").text


def test_no_public_page_carries_inline_styles_or_handlers(visitor, shelf):
    shelf(body="| a | b |\n|:-:|---|\n| 1 | 2 |\n")

    for path in ("/help", "/help/articles/exam", "/help/search?q=a", "/contact", "/ask"):
        page = visitor.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
