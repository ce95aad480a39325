"""The office's pages of articles: writing, previewing, publishing, bringing back, refusing."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.models import Article, ArticlePicture, ArticleText
from tests.services.help_center.test_pictures import picture
from tests.web.pages import post

FORM = {
    "topic": "certification_exam",
    "language": "zh",
    "title": "考试报名",
    "body": "一\n",
    "slug": "",
}


@pytest.fixture
def chen(sign_in):
    return sign_in("chen@office.test")


@pytest.fixture
def wu(sign_in):
    return sign_in("wu@office.test")


@pytest.fixture
def number(chen) -> int:
    """Return the number of an article with a draft."""
    answer = post(chen, "/articles", {**FORM, "slug": "exam"})
    assert answer.status_code == 302
    return int(answer.headers["Location"].split("/")[2])


def text_now(language="zh") -> ArticleText:
    db.session.rollback()
    return db.session.scalars(select(ArticleText).where(ArticleText.language == language)).one()


def save(client, number, **changes):
    values = {"title": "考试报名", "body": "二", "seen": "1", **changes}
    return post(client, f"/articles/{number}/zh", values)


def test_an_agent_writes_a_draft_and_sees_it_in_the_list(chen, number):
    assert "考试报名" in chen.get("/articles").text
    assert "考试报名" not in chen.get("/articles?state=published").text
    assert save(chen, number).status_code == 302
    assert (text_now().latest, text_now().draft.body) == (2, "二")


def test_without_an_address_one_is_made(chen):
    post(chen, "/articles", {**FORM, "title": "Exam registration"})

    db.session.rollback()
    assert db.session.scalars(select(Article.slug)).one() == "exam-registration"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": ""}, 422),
        ({"topic": "x"}, 422),
        ({"language": "fr"}, 422),
        ({"slug": "A b"}, 400),
        ({"slug": "exam"}, 409),
    ],
)
def test_what_is_refused_comes_back_as_it_was_typed(chen, number, changes, status):
    answer = post(chen, "/articles", {**FORM, "body": "# 没有丢", **changes})

    assert answer.status_code == status
    assert "# 没有丢" in answer.text
    db.session.rollback()
    assert len(db.session.scalars(select(Article)).all()) == 1


def test_two_who_write_at_once_are_told_and_nothing_typed_is_lost(chen, wu, number):
    save(chen, number, body="陈的")

    answer = save(wu, number, body="吴的")
    assert answer.status_code == 409
    assert "吴的" in answer.text
    assert text_now().draft.body == "陈的"

    assert 'name="seen" value="2"' in answer.text  # saving again goes on top, knowingly
    assert save(wu, number, body="吴的", seen="2").status_code == 302
    assert text_now().latest == 3


def test_managers_publish_and_agents_do_not(chen, wu, number):
    refused = save(chen, number, publish="1")
    assert refused.status_code == 403
    assert "your draft is kept" in refused.text
    assert text_now().published is None
    assert post(chen, f"/articles/{number}/zh/publication", {"seen": "1"}).status_code == 403

    assert save(wu, number, publish="1").status_code == 302
    assert text_now().published == 2
    assert wu.get("/help/articles/exam?lang=zh").status_code == 200
    assert post(chen, f"/articles/{number}/zh/withdrawal", {}).status_code == 403
    assert post(wu, f"/articles/{number}/zh/withdrawal", {}).status_code == 302
    assert wu.get("/help/articles/exam?lang=zh").status_code == 404


def test_the_preview_is_drawn_safely_for_scripts_and_without(chen, number):
    hostile = {"title": "<i>", "body": "**粗** <script>alert(1)</script>"}

    block = post(chen, "/articles/preview", hostile, headers={"HX-Request": "true"}).text
    page = post(chen, f"/articles/{number}/zh/preview", {**hostile, "seen": "1"}).text
    new = post(chen, "/articles/new/preview", {**FORM, **hostile}).text

    for shown in (block, page, new):
        assert "<strong>粗</strong>" in shown
        assert "<script>alert" not in shown
        assert "<i>" not in shown
    assert "<html" not in block
    assert text_now().latest == 1


def test_what_is_typed_is_kept_for_its_writer_and_can_be_dropped(chen, wu, number):
    typed = {"title": "考试", "body": "半句", "seen": "1"}
    assert post(chen, f"/articles/{number}/zh/draft", typed).status_code == 204

    assert "半句" in chen.get(f"/articles/{number}/zh").text
    assert "半句" not in wu.get(f"/articles/{number}/zh").text
    save(wu, number, body="别人")
    assert "on top of it" in chen.get(f"/articles/{number}/zh").text

    post(chen, f"/articles/{number}/zh/draft", {"drop": "1"})
    assert "半句" not in chen.get(f"/articles/{number}/zh").text


def test_versions_show_what_changed_and_come_back(chen, number):
    save(chen, number, body="一\n二")

    page = chen.get(f"/articles/{number}/zh/versions").text
    assert "<ins>二</ins>" in page
    assert chen.get(f"/articles/{number}/zh/versions?version=99").status_code == 404

    answer = post(chen, f"/articles/{number}/zh/versions/1/restoration", {})
    assert answer.status_code == 302
    assert (text_now().latest, text_now().draft.body) == (3, "一")


def test_an_article_is_moved_and_wrong_places_are_named(chen, number):
    path = f"/articles/{number}/zh/place"
    place = {"topic": "general", "slug": "renamed", "position": "3"}

    for wrong, field in (("-1", "position"), ("x", "position"), ("99999", "position")):
        answer = post(chen, path, {**place, "position": wrong})
        assert answer.status_code == 400
        assert f"e-place-{field}" in answer.text
    assert post(chen, path, place).status_code == 302
    db.session.rollback()
    row = db.session.get_one(Article, number)
    assert (row.topic, row.slug, row.position) == ("general", "renamed", 3)


def test_a_picture_is_kept_and_its_snippet_offered(chen, number):
    path = f"/articles/{number}/zh/pictures"

    answer = post(
        chen, path, {"picture": (BytesIO(picture()), "../机房.png")}, follow_redirects=True
    )
    row = db.session.scalars(select(ArticlePicture)).one()
    assert f"![机房](/help/pictures/{row.token})" in answer.text

    for file in ((BytesIO(b"<svg/>"), "a.png"), (BytesIO(b""), "")):
        assert post(chen, path, {"picture": file}).status_code == 400
    assert len(db.session.scalars(select(ArticlePicture)).all()) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "/new"),
        ("post", ""),
        ("post", "/preview"),
        ("post", "/new/preview"),
        ("get", "/{n}/zh"),
        ("post", "/{n}/zh"),
        ("post", "/{n}/zh/preview"),
        ("post", "/{n}/zh/draft"),
        ("get", "/{n}/zh/versions"),
        ("post", "/{n}/zh/versions/1/restoration"),
        ("post", "/{n}/zh/publication"),
        ("post", "/{n}/zh/withdrawal"),
        ("post", "/{n}/zh/place"),
        ("post", "/{n}/zh/pictures"),
    ],
)
def test_only_the_office_gets_to_these_pages(desk, sign_in, number, method, path):
    address = "/articles" + path.format(n=number)
    for client, status in ((sign_in("zhou@college.test"), 403), (desk.test_client(), 302)):
        answer = (
            client.get(address) if method == "get" else post(client, address, {**FORM, "seen": "1"})
        )
        assert answer.status_code == status
    assert text_now().latest == 1


@pytest.mark.parametrize("path", ["/999/zh", "/1/fr", "/999/zh/versions", "/1/en/versions"])
def test_what_does_not_exist_is_not_found(chen, number, path):
    assert chen.get(f"/articles{path}").status_code == 404


class TestInTheComposer:
    @pytest.fixture
    def ticket(self, open_ticket, wu, number) -> int:
        save(wu, number, title="考生名单上传", body="## 名单\n\n见[说明](/contact)。", publish="1")
        return open_ticket("无法上传考生名单")

    def test_what_fits_the_ticket_is_offered_as_link_and_text(self, chen, ticket):
        page = chen.get(f"/tickets/{ticket}/articles").text

        assert "考生名单上传" in page
        assert "http://helpdesk.test/help/articles/exam?lang=zh" in page
        assert "见说明 (http://helpdesk.test/contact)。" in page
        assert "No article holds" in chen.get(f"/tickets/{ticket}/articles?article_q=没有").text

    def test_without_a_script_it_is_put_behind_what_was_typed(self, chen, ticket):
        number = text_now().id
        typed = {"kind": "reply", "text": "您好：", "insert": f"link {number}"}

        page = post(chen, f"/tickets/{ticket}/articles", typed).text

        written = page.partition('id="compose-text"')[2].partition("</textarea>")[0]
        assert written.endswith(
            "您好：\n\n考生名单上传\nhttp://helpdesk.test/help/articles/exam?lang=zh"
        )
        assert post(chen, f"/tickets/{ticket}/articles", {"insert": "text 99"}).status_code == 404

    def test_centers_do_not_get_there(self, sign_in, ticket):
        center = sign_in("zhou@college.test")

        assert center.get(f"/tickets/{ticket}/articles").status_code == 403
        assert post(center, f"/tickets/{ticket}/articles", {}).status_code == 403
