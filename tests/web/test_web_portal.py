"""The portal: a center sees its own tickets and nobody else's, and answers there."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import func, select

from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Draft, Person, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies
from helpdesk.services.identity import accounts
from tests.web.pages import PASSWORD, at, post, ticket_of

ZHOU = "zhou@college.test"
HE = "he@college.test"
LI = "li@elsewhere.test"
CHEN = Viewer(99, "agent", "陈静", "chen@office.test", agent_id=1)


def question(**changes: object) -> dict[str, object]:
    """Return a filled-in form."""
    usual = {"submission": "a" * 32, "subject": "补考安排", "text": "补考费用如何上交？"}
    return {**usual, "topic": "certification_exam", "request_type": "consultation", **changes}


@pytest.fixture
def centers(desk) -> None:
    """Put Zhou and He into one center, and Li into another."""
    with transaction() as session:
        for code in ("CD017", "HZ003"):
            session.add(Center(code=code, name=f"{code} 认证中心", created_at=at("2 9:00")))
        session.flush()
        for email, name, code in ((HE, "何伟", "CD017"), (LI, "李建国", "HZ003")):
            accounts.add_login(
                session,
                email=email,
                role="center",
                name=name,
                center_code=code,
                password=PASSWORD,
                now=at("2 9:00"),
            )
        zhou = session.scalars(select(Person).where(Person.name == "周敏")).one()
        zhou.center = session.scalars(select(Center).where(Center.code == "CD017")).one()


def tickets() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Ticket.id))) or 0


def test_a_filed_ticket_says_by_when_the_office_replies(sign_in, centers):
    client = sign_in(ZHOU)

    answer = post(client, "/portal/new", question(), follow_redirects=True)

    assert "We will reply by Tue 24 Nov 10:40" in answer.text
    ticket = ticket_of(1)
    assert (ticket.channel, ticket.topic) == ("web", "certification_exam")
    assert ticket.center.code == "CD017"


def test_in_chinese_the_promise_is_told_as_people_say_it(sign_in, centers):
    answer = post(sign_in(ZHOU, "zh"), "/portal/new", question(), follow_redirects=True)

    assert "我们将在 11月24日 周二 10:40 前回复您" in answer.text


def test_sending_the_same_form_twice_opens_one_ticket(sign_in, centers):
    client = sign_in(ZHOU)

    first = post(client, "/portal/new", question())
    second = post(client, "/portal/new", question())

    assert first.location == second.location
    assert tickets() == 1


def test_other_words_in_an_old_form_are_another_ticket(sign_in, centers):
    client = sign_in(ZHOU)

    post(client, "/portal/new", question())
    post(client, "/portal/new", question(text="还有一个问题"))

    assert tickets() == 2


def test_a_colleague_of_the_same_center_sees_the_ticket(sign_in, centers):
    post(sign_in(ZHOU), "/portal/new", question())

    assert "补考费用如何上交？" in sign_in(HE).get("/portal/tickets/1").text


@pytest.mark.parametrize("page", ["", "/filed"])
def test_another_centers_ticket_is_not_there(sign_in, centers, page):
    """BEHAVIOURS 35"""
    post(sign_in(ZHOU), "/portal/new", question())
    li = sign_in(LI)

    answer = li.get(f"/portal/tickets/1{page}")

    assert answer.status_code == 404
    assert "补考" not in answer.text
    assert "补考" not in li.get("/portal/?view=all").text
    assert "补考费用" not in li.get("/portal/?q=补考").text


def test_another_centers_ticket_takes_no_message_and_no_draft(sign_in, centers):
    post(sign_in(ZHOU), "/portal/new", question())
    li = sign_in(LI)

    assert post(li, "/portal/tickets/1/messages", {"text": "我也说一句"}).status_code == 404
    assert post(li, "/portal/tickets/1/draft", {"text": "草稿"}).status_code == 404
    assert len(ticket_of(1).messages) == 2  # the question and its acknowledgement


def test_notes_and_what_happens_inside_are_not_shown(sign_in, centers):
    post(sign_in(ZHOU), "/portal/new", question())
    with transaction() as session:
        ticket = session.get_one(Ticket, 1)
        replies.note(session, ticket, CHEN, "客户很着急", now=at("23 10:40"))
        replies.reply(session, ticket, CHEN, "请于周五前上交。", now=at("23 10:40"))

    page = sign_in(ZHOU).get("/portal/tickets/1").text

    assert "请于周五前上交。" in page
    assert "客户很着急" not in page
    assert "Opened by" not in page


def test_an_answer_lands_on_the_ticket_and_opens_it_again(sign_in, centers):
    post(sign_in(ZHOU), "/portal/new", question())
    with transaction() as session:
        replies.reply(
            session, session.get_one(Ticket, 1), CHEN, "好的", status="waiting", now=at("23 10:40")
        )
    client = sign_in(ZHOU)
    files = (BytesIO("名单".encode()), "名单.txt")

    answer = post(
        client,
        "/portal/tickets/1/messages",
        {"submission": "b", "text": "附上名单", "files": files},
        follow_redirects=True,
    )

    assert answer.status_code == 200
    ticket = ticket_of(1)
    assert ticket.status == "open"
    assert [m.text for m in ticket.messages][-1] == "附上名单"
    assert ticket.messages[-1].attachments[0].name == "名单.txt"
    assert ticket.targets[0].met_at == at("23 10:40")


def test_an_answer_sent_twice_is_there_once(sign_in, centers):
    client = sign_in(ZHOU)
    post(client, "/portal/new", question())

    for _ in range(2):
        post(client, "/portal/tickets/1/messages", {"submission": "b", "text": "补充一点"})

    assert [m.text for m in ticket_of(1).messages].count("补充一点") == 1


def test_an_answer_on_a_resolved_ticket_opens_it_again(sign_in, centers):
    client = sign_in(ZHOU)
    post(client, "/portal/new", question())
    with transaction() as session:
        replies.reply(
            session, session.get_one(Ticket, 1), CHEN, "好", status="resolved", now=at("23 10:40")
        )

    post(client, "/portal/tickets/1/messages", {"submission": "c", "text": "还没收到"})

    assert ticket_of(1).status == "open"


def test_an_empty_answer_is_refused(sign_in, centers):
    client = sign_in(ZHOU)
    post(client, "/portal/new", question())

    answer = post(client, "/portal/tickets/1/messages", {"submission": "b", "text": "  "})

    assert answer.status_code == 400
    assert "Write something first." in answer.text


@pytest.mark.parametrize("missing", ["subject", "text"])
def test_what_was_typed_comes_back_when_something_is_missing(sign_in, centers, missing):
    answer = post(sign_in(ZHOU), "/portal/new", question(**{missing: ""}))

    assert answer.status_code == 422
    kept = {"subject": "补考费用如何上交？", "text": "补考安排"}[missing]
    assert kept in answer.text
    assert tickets() == 0


def test_too_large_files_are_refused_and_the_text_is_kept(desk, sign_in, centers):
    desk.extensions["helpdesk.config"] = config_with(desk, max_upload=1000)
    files = (BytesIO(b"x" * 2000), "big.zip")

    answer = post(sign_in(ZHOU), "/portal/new", question(files=files))

    assert answer.status_code == 413
    assert "Your text is kept" in answer.text
    assert "补考费用如何上交？" in answer.text
    assert tickets() == 0


def config_with(desk, **changes):
    """Return the desk's configuration with something changed."""
    from dataclasses import replace

    return replace(desk.extensions["helpdesk.config"], **changes)


def test_a_topic_that_nobody_offered_is_refused(sign_in, centers):
    answer = post(sign_in(ZHOU), "/portal/new", question(topic="<script>"))

    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert tickets() == 0


def test_hostile_words_are_shown_as_words(sign_in, centers):
    client = sign_in(ZHOU)
    evil = "<img src=x onerror=alert(1)>\x00"

    page = post(
        client, "/portal/new", question(subject=f"a\r\nBcc: x@y.test {evil}", text=evil),
        follow_redirects=True,
    )  # fmt: skip

    assert page.status_code == 200
    assert "<img" not in client.get("/portal/tickets/1").text
    assert ticket_of(1).subject == "a Bcc: x@y.test <img src=x onerror=alert(1)>"


def test_a_subject_that_names_another_ticket_opens_one_of_its_own(sign_in, centers):
    """BEHAVIOURS 20"""
    client = sign_in(ZHOU)
    post(client, "/portal/new", question())

    post(client, "/portal/new", question(subject="关于 [#1]", text="另一件事"))

    assert tickets() == 2


def test_a_form_without_its_token_is_kept_to_be_sent_again(sign_in, centers):
    answer = sign_in(ZHOU).post("/portal/new", data=question())

    assert answer.status_code == 400
    assert "补考费用如何上交？" in answer.text
    assert tickets() == 0


def test_a_draft_is_kept_and_gone_once_sent(sign_in, centers):
    client = sign_in(ZHOU)
    post(client, "/portal/new", question())

    post(client, "/portal/tickets/1/draft", {"text": "还没写完"})
    assert "还没写完" in client.get("/portal/tickets/1").text

    post(client, "/portal/tickets/1/messages", {"submission": "b", "text": "写完了"})
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


def test_an_empty_portal_says_what_to_do(sign_in, centers):
    page = sign_in(ZHOU).get("/portal/").text

    assert "Nothing is open" in page
    assert "/portal/new" in page


def test_staff_work_elsewhere(sign_in, centers):
    assert sign_in().get("/portal/").status_code == 403


def test_strangers_are_asked_to_sign_in(desk):
    assert desk.test_client().get("/portal/").status_code == 302
