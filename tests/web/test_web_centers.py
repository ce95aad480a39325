"""The record of centers: pages, steps and papers, by whom, and what is refused."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Center,
    CenterEvent,
    Document,
    Notification,
    Person,
    PublicNotice,
    Remittance,
)
from helpdesk.models.center import STATES
from helpdesk.presentation.center_events import center_event_details, center_event_words
from helpdesk.services.certification.center_states import RULES, STEPS
from tests.services.certification.center_life_help import TODAY, center_in, paper, provide
from tests.web.pages import at, post, ticket_of

CHEN, WU, ZHOU = "chen@office.test", "wu@office.test", "zhou@college.test"
NOW = at("2 9:00")
PARTS = (
    "", "/facts", "/people", "/teaching", "/assessment", "/agreements", "/reviews", "/fees",
    "/documents", "/tickets", "/calls", "/visits", "/history",
)  # fmt: skip
SAID = ("reason", "plaque_no", "certificate_no")
FILES = ("evidence", "written_application")
STEPPED = [rule for rule in RULES if rule.who in ("channel_manager", "office")]


def pdf(name: str = "证明.pdf") -> tuple[BytesIO, str]:
    return BytesIO(b"%PDF-1.4 paper"), name


def center_of(number: int) -> Center:
    db.session.rollback()
    return db.session.get_one(Center, number)


def found(statement):
    """Return what the database has now: what was read before is of an older snapshot."""
    db.session.rollback()
    return db.session.scalars(statement).all()


def entered(session, state: str, code: str | None = None) -> int:
    """Enter a center as it stands, leaving the way that the state asks for."""
    exit_by = "request_exit" if state == "exit_requested" else None
    exit_by = "breach" if state in ("exit_processing", "exited") else exit_by
    return center_in(session, state, now=NOW, code=code, exit_by=exit_by)


def ready(session, rule) -> tuple[int, dict[str, object]]:
    """Return a center before a step with all that it needs, and the form of the step."""
    number = entered(session, rule.state)
    said: dict[str, object] = {"version": "1"}
    with transaction():
        for need in rule.needs:
            if need in SAID:
                said[need] = f"{need} 1"
            elif need in FILES:
                said["files"] = pdf()
            elif need not in ("dates", "region", "website_notice"):
                provide(session, number, need, now=NOW)
    return number, said


def test_every_part_of_every_state_shows_in_both_languages(session, sign_in):
    numbers = [entered(session, state) for state in STATES if state != "draft"]
    chen, wu = sign_in(CHEN, "zh"), sign_in(WU)

    for client in (chen, wu):
        for path in ("/centers", "/centers/board", "/notices"):
            assert client.get(path).status_code == 200
        for number in numbers:
            assert client.get(f"/centers/{center_of(number).code}").status_code == 200
        for part in PARTS:
            assert client.get(f"/centers/CD017{part}").status_code == 200, part
    assert chen.get("/centers/none").status_code == 404
    assert 'href="/centers/CD017"' in wu.get("/centers").text


def test_each_step_is_taken_through_its_form_by_a_manager(session, sign_in):
    wu = sign_in(WU)
    for rule in STEPPED:
        number, said = ready(session, rule)
        code = center_of(number).code
        assert (
            f'action="/centers/{code}/steps/{rule.step}#{rule.step}"'
            in wu.get(f"/centers/{code}").text
        )

        answer = post(wu, f"/centers/{code}/steps/{rule.step}", said)

        assert answer.status_code == 302, (rule.step, answer.text)
        assert center_of(number).state == rule.to, rule.step
        if "evidence" in rule.needs:
            event = found(select(CenterEvent).where(CenterEvent.kind == f"life.{rule.step}"))[0]
            [paper_id] = event.data["documents"]
            assert db.session.get_one(Document, paper_id).kind == "evidence"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_else_takes_a_step_or_sees_a_record(session, desk, sign_in):
    chen, zhou, stranger = sign_in(CHEN), sign_in(ZHOU), desk.test_client()
    for rule in STEPPED:
        number, said = ready(session, rule)
        code = center_of(number).code
        path = f"/centers/{code}/steps/{rule.step}"
        for client, status in ((chen, 403), (zhou, 403), (stranger, 302)):
            said.pop("files", None)
            assert post(client, path, said).status_code == status
        assert center_of(number).state == rule.state
    assert (
        "<form" not in re.search(r"<main.*</main>", chen.get(f"/centers/{code}").text, re.DOTALL)[0]
    )
    for part in PARTS:
        assert zhou.get(f"/centers/{code}{part}").status_code == 403
        assert "/sign-in" in stranger.get(f"/centers/{code}{part}").headers["Location"]


def test_a_refused_step_names_all_it_lacks_and_keeps_what_was_written(session, sign_in):
    wu = sign_in(WU)
    number = entered(session, "exit_processing")

    answer = post(wu, "/centers/CD017/steps/complete_exit", {"version": "1", "reason": "都办好了"})

    assert answer.status_code == 400
    for lacking in ("is not on the website", "is not on the microblog", "The plaque was not"):
        assert lacking in answer.text
    assert "都办好了" in answer.text
    assert re.search(r'id="complete_exit" open', answer.text)
    old = post(wu, "/centers/CD017/steps/complete_exit", {"version": "7"})
    assert old.status_code == 409
    assert "Somebody took a step" in old.text
    assert post(wu, "/centers/CD017/steps/grant", {"version": "1"}).status_code == 400
    assert post(wu, "/centers/CD017/steps/dance", {"version": "1"}).status_code == 404
    assert center_of(number).state == "exit_processing"


def test_a_page_or_a_program_is_no_paper(session, sign_in):
    wu = sign_in(WU)
    entered(session, "authorized")
    for data, name in ((b"<html><script>", "a.pdf"), (b"MZ\x90\x00", "b.pdf"), (b"", "c.pdf")):
        form = {"kind": "other", "files": (BytesIO(data), name)}

        answer = post(wu, "/centers/CD017/documents", form)

        assert answer.status_code == 400
        assert f"{name} cannot be kept" in answer.text
    assert found(select(Document)) == []


def test_papers_are_added_replaced_shared_downloaded_and_of_one_center(session, sign_in):
    wu, chen = sign_in(WU), sign_in(CHEN)
    number, other = entered(session, "authorized"), entered(session, "authorized", "HZ003")
    add = {"kind": "agreement", "title": "协议", "files": pdf("协议 最终.pdf")}
    assert post(chen, "/centers/CD017/documents", dict(add, files=pdf())).status_code == 403
    assert post(wu, "/centers/CD017/documents", add).status_code == 302
    assert post(wu, "/centers/CD017/documents", {"kind": "agreement"}).status_code == 400
    first = found(select(Document))[0]
    assert (first.center_id, first.title, first.shared) == (number, "协议", False)

    with chen.get(f"/centers/CD017/documents/{first.id}") as answer:
        assert answer.data == b"%PDF-1.4 paper"
        assert answer.headers["Content-Type"].startswith("application/pdf")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    with transaction():
        paper(session, other, "other", now=NOW)
    theirs = found(select(Document.id).where(Document.center_id == other))[0]
    for path in (f"/{theirs}", "/999", "/99999999999"):
        assert wu.get(f"/centers/CD017/documents{path}").status_code == 404
    for verb in ("sharing", "removal", "versions"):
        form = {"files": pdf()} if verb == "versions" else {}
        assert post(wu, f"/centers/CD017/documents/{theirs}/{verb}", form).status_code == 404

    base = f"/centers/CD017/documents/{first.id}"
    post(wu, f"{base}/versions", {"files": pdf("协议 二.pdf")})
    latest = found(select(Document).where(Document.version == 2))[0]
    post(wu, f"/centers/CD017/documents/{latest.id}/sharing", {"shared": "1"})
    page = wu.get("/centers/CD017/documents").text
    assert "version 2" in page
    assert "shared" in page
    db.session.rollback()
    assert db.session.get_one(Document, latest.id).shared
    post(wu, f"/centers/CD017/documents/{latest.id}/removal", {})
    assert wu.get(f"/centers/CD017/documents/{first.id}").status_code == 404


def test_of_many_papers_the_one_that_is_changed_has_its_form(session, sign_in):
    wu = sign_in(WU)
    center = entered(session, "authorized")
    with transaction():
        for _ in range(3):
            paper(session, center, "other", now=NOW)
    first, *_rest = found(select(Document.id).order_by(Document.id))
    base = "/centers/CD017/documents"

    assert "/versions" not in wu.get(base).text
    assert wu.get(f"{base}?change={first}").text.count("/versions") == 1
    assert "/versions" not in wu.get(f"{base}?change=nothing").text
    refused = post(wu, f"{base}/{first}/versions", {})
    assert refused.status_code == 400
    assert f"{base}/{first}/versions" in refused.text


def test_text_is_only_saved_and_never_shown(session, sign_in):
    wu = sign_in(WU)
    entered(session, "authorized")
    post(
        wu,
        "/centers/CD017/documents",
        {"kind": "other", "files": (BytesIO("名单".encode()), "a.txt")},
    )
    number = found(select(Document.id))[0]

    with wu.get(f"/centers/CD017/documents/{number}") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_whole_way_from_the_checklist_to_the_review_goes_through_forms(session, sign_in):
    wu = sign_in(WU)
    number = entered(session, "submitted")
    base = "/centers/CD017"

    def send(path: str, **form: object) -> None:
        answer = post(wu, f"{base}/{path}", form)
        assert answer.status_code == 302, answer.text

    def step(name: str, **form: object) -> None:
        send(f"steps/{name}", version=str(center_of(number).version), **form)

    page = wu.get(f"{base}/assessment").text
    for criterion in re.findall(r'action="[^"]*/qualifications/(\w+)#', page):
        send(f"qualifications/{criterion}", met="yes", reason="现场核实")
    step("pass_preliminary")
    step("pass_site_visit", files=pdf("考察报告.pdf"))
    send("documents", kind="licence", files=pdf("执照.pdf"))
    step("forward")
    for body in ("guidance_center", "internet_base"):
        form = {"favourable": "yes", "given_on": "2026-11-20", "files": pdf("意见.pdf")}
        send(f"opinions/{body}", **form)
    step("decide")
    terms = {
        "number": "MIEC-2026-017", "region": "四川", "valid_from": "2026-11-23",
        "valid_to": "2027-11-23", "fee_intermediate": "400", "fee_senior": "800",
    }  # fmt: skip
    send("agreements", **terms)
    signed = {
        "signed_on": "2026-11-23", "office_representative": "李晓红", "center_representative": "王芳",
    }  # fmt: skip
    send(f"agreements/{found(select(Agreement.id))[0]}", **terms, **signed)
    step("sign")
    send("lecturers", name="周博", certificate_no="L-1", senior="1")
    step("pass_training")
    step("grant", plaque_no="TP-1", certificate_no="SQ-1", code="CD099")
    base = "/centers/CD099"
    send("reviews", year="2026", task="培训 100 人", target="100", due_on="2026-12-20")
    send("reviews/2026", done="120", findings="完成")
    send("agreements", **{**terms, "valid_from": "2027-11-23", "valid_to": "2028-11-23"})
    latest = found(select(Agreement.id).order_by(Agreement.id.desc()))[0]
    send(f"agreements/{latest}", **{**terms, **signed, "valid_to": "2028-11-23"})
    step("pass_annual_review", reason="合格")

    center = center_of(number)
    assert (center.state, center.code, center.region) == ("authorized", "CD099", "四川")
    assert found(select(AnnualReview))[0].outcome == "passed"
    printed = wu.get(f"{base}/agreements/{latest}/print").text
    assert "intermediate 400 yuan, senior 800 yuan" in printed
    history = wu.get(f"{base}/history").text
    assert "Grant the authorisation → Authorised" in history
    assert "life." not in re.search(r"<main.*</main>", history, re.DOTALL)[0]


def test_wrong_dates_and_figures_are_told_at_their_fields(session, sign_in):
    wu = sign_in(WU)
    entered(session, "authorized")
    for path, form, said in (
        ("agreements", {"region": "四川", "valid_from": "soon", "valid_to": "2027-01-01"}, "such as 2026-11-24"),
        ("agreements", {"region": "", "fee_senior": "many"}, "Please write a number."),
        ("reviews", {"year": "1066", "task": "x"}, "Write a year such as 2026."),
        ("remittances", {"exam_on": "2026-12-01"}, "Write how many sit the exam."),
        ("facts", {"code": "CD 17", "name": "x"}, "A code is letters"),
        ("people", {"name": "x", "email": "nobody"}, "Write a mail address"),
        ("lecturers", {"name": ""}, "Please fill this in."),
        ("teachers", {"name": "x", "years": "900"}, "Please write a number."),
        ("qualifications/computers", {"met": "maybe"}, "Please choose one of these."),
        ("state", {"state": "exited", "version": "1", "why": "x"}, None),
    ):  # fmt: skip
        answer = post(wu, f"/centers/CD017/{path}", form)

        assert answer.status_code in ((403,) if said is None else (400, 422)), path
        assert said is None or said in answer.text, path


def test_fees_are_reported_confirmed_and_told_when_late(session, sign_in):
    wu = sign_in(WU)
    entered(session, "authorized")
    post(wu, "/centers/CD017/remittances", {"exam_on": "2026-11-20", "intermediate": "10"})
    row = found(select(Remittance))[0]
    assert "late" in wu.get("/centers/CD017/fees").text
    assert "4,000" in wu.get("/centers/board").text

    post(
        wu, f"/centers/CD017/remittances/{row.id}/receipt",
        {"remitted": "4000", "remitted_on": "2026-11-18"},
    )  # fmt: skip

    page = wu.get("/centers/CD017/fees").text
    assert "received" in page
    assert "4,000" not in wu.get("/centers/board").text


def test_a_list_is_searched_filtered_and_paged(session, sign_in, monkeypatch):
    chen = sign_in(CHEN)
    monkeypatch.setattr("helpdesk.services.certification.centers.PAGE", 2)
    for code, state in (("AA1", "authorized"), ("BB2", "submitted"), ("CC3", "authorized")):
        entered(session, state, code)
    session.get_one(Center, center_of(1).id).region = "四川"
    session.commit()

    def codes(query: str) -> list[str]:
        return re.findall(r'<td class="nowrap">(\w\w\d)</td>', chen.get(f"/centers{query}").text)

    assert codes("") == ["AA1", "BB2"]
    assert codes("?after=BB2") == ["CC3"]
    assert codes("?state=submitted") == ["BB2"]
    assert codes("?region=四川") == ["AA1"]
    assert codes("?q=cc") == ["CC3"]
    assert codes("?q=%25&state=nonsense") == ["AA1", "BB2"]


def test_a_cancellation_goes_from_the_exit_to_everybodys_page(session, desk, sign_in):
    wu, public = sign_in(WU), desk.test_client()
    entered(session, "authorized")
    breach = {"version": "1", "reason": "竞争性认证", "files": pdf()}
    post(wu, "/centers/CD017/steps/breach", breach)
    number = found(select(PublicNotice.id))[0]
    path = f"/centers/notices/{number}"

    assert public.get(f"/notices/{number}").status_code == 404
    words = {
        "title": "取消授权 <b>公告</b>",
        "text": "即日起取消。",
        "title_en": "Cancelled",
        "text_en": "",
    }
    assert post(wu, path, {**words, "title": ""}).status_code == 400
    post(wu, path, words)
    assert post(wu, f"{path}/post", {"url": "https://weibo.com/1/a"}).status_code == 400
    post(wu, f"{path}/publication", {"account": ""})
    post(wu, f"{path}/post", {"url": "https://weibo.com/1/a"})

    shown = public.get(f"/notices/{number}")
    assert "取消授权 &lt;b&gt;公告&lt;/b&gt;" in shown.text
    assert f'href="/notices/{number}"' in public.get("/notices").text
    page = wu.get("/centers/CD017").text
    assert "is not on the microblog" not in page
    assert "The plaque was not returned." in page
    returned = {"plaque_returned_on": "2026-11-20", "documents_returned_on": "2026-11-21"}
    post(wu, "/centers/CD017/returns", returned)
    assert post(wu, "/centers/CD017/steps/complete_exit", {"version": "2"}).status_code == 302
    assert center_of(1).state == "exited"

    post(wu, f"{path}/withdrawal", {})
    gone = public.get(f"/notices/{number}")
    assert (gone.status_code, "即日起取消" in gone.text) == (410, False)
    for client, status in ((sign_in(CHEN), 403), (sign_in(ZHOU), 403)):
        assert client.get(path).status_code == status
        assert post(client, f"{path}/publication", {}).status_code == status


def test_the_state_by_hand_is_an_administrators_and_stays_on_the_record(session, admin, sign_in):
    entered(session, "authorized")
    form = {"state": "exited", "exit_by": "breach", "why": "档案录入错误", "version": "1"}
    assert 'action="/centers/CD017/state' not in sign_in(WU).get("/centers/CD017").text

    client = admin()
    assert post(client, "/centers/CD017/state", {**form, "why": ""}).status_code == 422
    post(client, "/centers/CD017/state", form)

    assert center_of(1).state == "exited"
    assert "档案录入错误" in client.get("/centers/CD017/history").text


def test_a_ticket_leads_to_its_center_and_a_reminder_too(session, sign_in, open_ticket):
    entered(session, "authorized")
    number = open_ticket()
    with transaction():
        ticket = ticket_of(number)
        ticket.center_id = 1
        session.get_one(Center, 1).agreement_to = TODAY
        zhou = session.scalars(select(Person).where(Person.name == "周敏")).one()
        zhou.center_id = 1
        told = Notification(
            agent_id=1, kind="center_agreement_ends", occasion="x", center_id=1,
            text="成都认证中心", created_at=NOW,
        )  # fmt: skip
        session.add(told)
    chen = sign_in(CHEN)

    page = chen.get(f"/tickets/{number}").text
    assert 'href="/centers/CD017"' in page
    assert "2026-11-23" in page
    assert "An agreement ends soon" in chen.get("/notifications/").text
    assert chen.get("/notifications/1").headers["Location"] == "/centers/CD017"
    assert f"#{number}" in chen.get("/centers/CD017/tickets").text
    assert "周敏" in chen.get("/centers/CD017/people").text


@pytest.mark.parametrize("speech", ["zh", "en"], indirect=True)
def test_every_step_and_event_is_told_in_words(speech):
    from helpdesk.presentation.center_events import _sentences

    for kind in (*_sentences(), *(f"life.{step}" for step in STEPS)):
        for data in ({}, {"to": "authorized", "name": "x", "exam": "2026-11-23", "number": "1%"}):
            line = center_event_words(kind, {} if kind == "center.changed" else data, "陈静")
            assert line.text
            assert kind not in line.text
    assert center_event_words("center.danced", {}, "x").text == "center.danced"
    changed = {"to": {"city": ["", "成都"]}, "reason": "搬迁"}
    assert center_event_details("center.changed", changed)[1].endswith(": — → 成都")
