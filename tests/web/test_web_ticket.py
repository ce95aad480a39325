"""A ticket's page: reading, answering, setting, and what is never lost."""

from dataclasses import replace
from io import BytesIO
from typing import ClassVar

from helpdesk.extensions import db, transaction
from helpdesk.models import Draft, Message, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies
from tests.web.pages import at, post, ticket_of

LIN = Viewer(99, "agent", "林晓", "lin@office.test", agent_id=2)


def test_the_conversation_is_read_from_the_oldest_message(sign_in, open_ticket):
    number = open_ticket()

    page = sign_in().get(f"/tickets/{number}").text

    assert page.index("Opened by 周敏") < page.index("请问如何处理？")
    assert "7 h 30 min of service time" in page


def test_a_reply_sets_waiting_in_the_same_step(sign_in, open_ticket):
    """BEHAVIOURS 4"""
    number = open_ticket()
    seen = ticket_of(number).last_message_id

    post(
        sign_in(),
        f"/tickets/{number}/messages",
        {"kind": "reply", "text": "您好", "then": "waiting", "seen": seen},
    )

    ticket = ticket_of(number)
    assert ticket.status == "waiting"
    assert ticket.targets[0].met_at == at("23 10:40")


def test_a_note_is_kept_and_answers_nothing(sign_in, open_ticket):
    """BEHAVIOURS 3"""
    number = open_ticket()

    post(sign_in(), f"/tickets/{number}/messages", {"kind": "note", "text": "只给自己人看"})

    assert ticket_of(number).targets[0].met_at is None
    assert ticket_of(number).messages[-1].direction == "note"


def test_an_empty_reply_is_refused(sign_in, open_ticket):
    number = open_ticket()

    answer = post(sign_in(), f"/tickets/{number}/messages", {"kind": "reply", "text": "  "})

    assert answer.status_code == 400
    assert "Write something first." in answer.text


def test_a_reply_with_an_id_number_asks_once_more(sign_in, open_ticket):
    number, client = open_ticket(), sign_in()
    reply = {"kind": "reply", "text": "您的号码 110105 19491231 002X 已登记", "seen": 99}

    answer = post(client, f"/tickets/{number}/messages", reply)

    assert answer.status_code == 400
    assert "There is an ID number in this reply." in answer.text
    assert 'name="number_meant"' in answer.text
    assert "110105 19491231 002X" in answer.text
    assert ticket_of(number).messages[-1].direction == "in"
    post(client, f"/tickets/{number}/messages", {**reply, "number_meant": "1"})
    assert ticket_of(number).messages[-1].text == reply["text"]


def test_a_note_and_an_ordinary_reply_are_not_asked_about(sign_in, open_ticket):
    number, client = open_ticket(), sign_in()

    for kind, text in (("note", "110105 19491231 002X"), ("reply", "准考证 110105194912310021")):
        post(client, f"/tickets/{number}/messages", {"kind": kind, "text": text, "seen": 99})
        assert ticket_of(number).messages[-1].text == text


def test_somebody_elses_newer_reply_asks_first_and_keeps_the_text(sign_in, open_ticket):
    """BEHAVIOURS 31"""
    number = open_ticket()
    client, seen = sign_in(), ticket_of(number).last_message_id
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        replies.reply(session, ticket, LIN, "我来回答", now=at("23 10:39"))

    mine = {"kind": "reply", "text": "我也来回答", "seen": seen}
    answer = post(client, f"/tickets/{number}/messages", mine)

    assert answer.status_code == 409
    assert "我也来回答" in answer.text
    assert "Somebody wrote" in answer.text
    newest = ticket_of(number).last_message_id
    again = post(client, f"/tickets/{number}/messages", {**mine, "seen": newest})
    assert again.status_code == 302


def test_a_draft_is_kept_and_comes_back(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()

    kept = post(client, f"/tickets/{number}/draft", {"kind": "reply", "text": "写到一半"})

    assert kept.status_code == 204
    assert "写到一半" in client.get(f"/tickets/{number}").text


def test_sending_forgets_the_draft(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    post(client, f"/tickets/{number}/draft", {"kind": "reply", "text": "写到一半"})

    post(client, f"/tickets/{number}/messages", {"kind": "reply", "text": "写完了", "seen": 99})

    assert db.session.query(Draft).count() == 0
    assert 'data-just-sent="reply"' in client.get(f"/tickets/{number}").text


def test_a_file_is_sent_and_comes_back_as_a_download(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    page = b"<script>alert(1)</script>"

    post(
        client,
        f"/tickets/{number}/messages",
        {
            "kind": "reply",
            "text": "见附件",
            "seen": 99,
            "files": (BytesIO(page), "../../邀请函.html", "text/html"),
        },
        content_type="multipart/form-data",
    )

    file = ticket_of(number).messages[-1].attachments[0]
    assert file.name == "邀请函.html"
    with client.get(f"/attachments/{file.id}") as answer:
        assert answer.data == page
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_files_that_are_too_large_are_refused_and_the_text_is_kept(desk, sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(config, max_upload=1000)

    answer = post(
        client,
        f"/tickets/{number}/messages",
        {"kind": "reply", "text": "很长的回复", "files": (BytesIO(b"0" * 1001), "big.bin")},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 413
    assert "很长的回复" in answer.text
    assert "1000 B" in answer.text


def test_properties_are_saved_each_with_its_event(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()

    post(
        client,
        f"/tickets/{number}/properties",
        {"priority": "high", "topic": "certification_exam", "assignee": "1", "status": "open"},
    )

    ticket, page = ticket_of(number), client.get(f"/tickets/{number}").text
    assert (ticket.priority, ticket.topic, ticket.assignee_id) == ("high", "certification_exam", 1)
    assert "陈静 set the priority to High" in page or "3 changes" in page


def test_a_center_that_does_not_exist_is_refused_and_nothing_is_changed(sign_in, open_ticket):
    number = open_ticket()

    answer = post(
        sign_in(), f"/tickets/{number}/properties", {"priority": "high", "center": "NOWHERE"}
    )

    assert answer.status_code == 400
    assert "There is no center with this code." in answer.text
    assert ticket_of(number).priority == "normal"


def test_resolving_is_no_reply(sign_in, open_ticket):
    """BEHAVIOURS 5"""
    number = open_ticket()

    post(sign_in(), f"/tickets/{number}/resolution", {})

    assert ticket_of(number).status == "resolved"
    assert ticket_of(number).targets[0].met_at is None


def test_taking_a_ticket_assigns_it_to_oneself(sign_in, open_ticket):
    number = open_ticket()

    post(sign_in(), f"/tickets/{number}/assignment", {})

    assert ticket_of(number).assignee.name == "陈静"


def test_quoted_history_is_folded_and_one_click_away(sign_in, open_ticket):
    """BEHAVIOURS 29"""
    number = open_ticket()
    with transaction() as session:
        session.add(
            Message(
                ticket_id=number,
                direction="in",
                channel="email",
                author_name="周敏",
                at=at("23 10:20"),
                created_at=at("23 10:20"),
                text="好的，谢谢。",
                full_text="好的，谢谢。\n\n在 2026年11月23日写道：\n> 旧内容",
            )
        )

    page = sign_in().get(f"/tickets/{number}").text

    folded = page[page.index('<details class="quote">') :]
    assert "旧内容" in folded[: folded.index("</details>")]


def test_what_a_stranger_wrote_is_never_markup(sign_in, open_ticket):
    number = open_ticket("<script>alert(1)</script>")

    page = sign_in().get(f"/tickets/{number}?view=open").text

    assert "<script>alert(1)" not in page


def test_a_ticket_that_does_not_exist_is_not_found(sign_in, desk):
    client = sign_in()

    assert client.get("/tickets/4711").status_code == 404
    assert client.get("/tickets/99999999999999999999").status_code == 404


def test_a_long_conversation_shows_its_newest_part_and_leads_to_the_rest(sign_in, open_ticket):
    number = open_ticket()
    with transaction() as session:
        session.add_all(
            Message(
                ticket_id=number,
                direction="in",
                channel="email",
                author_name="周敏",
                at=at("23 10:30"),
                created_at=at("23 10:30"),
                text=f"第{n:03}条",
            )
            for n in range(70)
        )
    client = sign_in()

    page = client.get(f"/tickets/{number}").text

    assert "第069条" in page
    assert "第000条" not in page
    earlier = page.split("before=")[1].split('"')[0]
    assert "第000条" in client.get(f"/tickets/{number}?before={earlier}").text


class TestForScripts:
    HEADERS: ClassVar = {"HX-Request": "true"}

    def test_a_saved_property_brings_back_only_what_may_have_changed(self, sign_in, open_ticket):
        number, client = open_ticket(), sign_in()
        path = f"/tickets/{number}/properties"

        saved = post(client, path, {"priority": "high"}, headers=self.HEADERS)
        parts = client.get(saved.location, headers=self.HEADERS)

        assert parts.text.count('hx-swap-oob="true"') == 3
        assert "<html" not in parts.text
        assert "compose-text" not in parts.text
        assert "Saved." in parts.headers["HX-Trigger-After-Swap"]

    def test_a_refused_property_brings_its_sentence_back(self, sign_in, open_ticket):
        number = open_ticket()

        answer = post(
            sign_in(),
            f"/tickets/{number}/properties",
            {"center": "NOWHERE"},
            headers=self.HEADERS,
        )

        assert answer.status_code == 422
        assert "There is no center with this code." in answer.text
        assert "<html" not in answer.text
