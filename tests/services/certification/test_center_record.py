"""What the office writes into a center's record, what it refuses, and what the log tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from channels.message import Attachment
from helpdesk.errors import Conflict, Forbidden, NotFound, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import (
    Address,
    Agreement,
    Center,
    CenterEvent,
    Document,
    Login,
    Outbox,
    Person,
    Qualification,
    Remittance,
)
from helpdesk.services import access
from helpdesk.services.certification import (
    agreements,
    annual_reviews,
    assessments,
    center_board,
    center_health,
    center_people,
    centers,
    closing,
    documents,
    remittances,
)
from helpdesk.services.certification.agreements import Terms
from helpdesk.services.desk.tickets import StoredFile
from tests.services.certification.applying import NUMBER, picture
from tests.services.certification.center_life_help import TODAY, agreement, center_in, take
from tests.services.people import agent, contact

TERMS = Terms("MIEC-2026-017", "四川", TODAY, TODAY + timedelta(days=365))
SIGNED = replace(
    TERMS, signed_on=TODAY, office_representative="李晓红", center_representative="王芳"
)
PDF = Attachment("a.pdf", "application/pdf", b"%PDF-1.4 x")


@pytest.fixture
def manager(session, now):
    return agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")


@pytest.fixture
def act(session):
    """Return a way to do something to a center in a transaction of its own."""

    def perform(verb, viewer, number, *args, **named):
        session.rollback()
        with transaction():
            return verb(session, viewer, session.get_one(Center, number), *args, **named)

    return perform


def events(session, number: int) -> list[str]:
    session.rollback()
    rows = select(CenterEvent.kind).where(CenterEvent.center_id == number)
    return [kind for kind in session.scalars(rows.order_by(CenterEvent.id)) if "enter" not in kind]


def test_an_agreement_is_drafted_signed_and_then_left_alone(session, act, manager, now):
    number = center_in(session, "approved", now=now)
    row = act(agreements.draft, manager, number, TERMS, today=TODAY, now=now).id

    def change(terms: Terms) -> None:
        def verb(work, viewer, center) -> None:
            found = agreements.find(work, center, row)
            agreements.change(work, viewer, center, found, terms, today=TODAY, now=now)

        act(verb, manager, number)

    assert (TERMS.fee_intermediate, TERMS.fee_senior) == (400, 800)
    for wrong, field in (
        ({"valid_to": TODAY}, "valid_to"),
        ({"signed_on": TODAY + timedelta(days=1)}, "signed_on"),
        ({"signed_on": TODAY, "office_representative": "李晓红"}, "center_representative"),
    ):
        with pytest.raises(Refusal) as refused:
            change(replace(TERMS, **wrong))
        assert refused.value.field == field
    change(SIGNED)
    take(session, manager, number, "sign", now=now)

    with pytest.raises(Conflict):
        change(TERMS)
    with pytest.raises(NotFound):
        agreements.find(
            session, session.get_one(Center, center_in(session, "approved", now=now)), row
        )
    assert events(session, number) == ["agreement.drafted", "agreement.signed", "life.sign"]


def test_only_a_center_without_steps_is_put_under_an_agreement_by_hand(session, act, manager, now):
    serving = center_in(session, "authorized", now=now)
    applying = center_in(session, "approved", now=now)

    def force(number: int) -> None:
        def verb(work, viewer, center) -> None:
            found = agreements.of_center(work, center)[0]
            agreements.put_in_force(work, viewer, center, found, now=now)

        act(verb, manager, number)

    for number in (serving, applying):
        act(agreements.draft, manager, number, SIGNED, today=TODAY, now=now)
    force(serving)
    with pytest.raises(Refusal):
        force(applying)

    center = session.get_one(Center, serving)
    assert (center.agreement_to, center.reminder) == (SIGNED.valid_to, "agreement_ends")


def test_a_year_has_its_task_before_its_review_and_none_after_it(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    session.add(agreement(number, now=now, start=TODAY - timedelta(days=300), taken_up=True))
    session.commit()
    due = date(2026, 12, 20)

    with pytest.raises(Refusal):
        act(annual_reviews.write, manager, number, 2026, done=1, findings="好", now=now)
    named = {"task": "培训 100 人", "target": 100, "due_on": due, "now": now}
    act(annual_reviews.set_up, manager, number, 2026, **named)
    assert session.get_one(Center, number).review_due_on == due
    act(annual_reviews.write, manager, number, 2026, done=120, findings="完成", now=now)
    take(session, manager, number, "pass_annual_review", needs=["renewed_agreement"], now=now)

    with pytest.raises(Conflict):
        act(annual_reviews.set_up, manager, number, 2026, **named)
    assert events(session, number)[-1] == "life.pass_annual_review"


def test_only_the_whole_sum_closes_an_exams_fees(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    lead = replace(contact(session, now, "wang@college.test", "CD017"), leads=True)
    other = replace(contact(session, now, "li@other.test", "HZ003"), leads=True)
    named = {"exam_on": TODAY, "intermediate": 10, "senior": 5, "now": now}
    row = act(remittances.report, lead, number, **named).id
    for nobody in (other, replace(lead, leads=False)):
        with pytest.raises(Forbidden):
            act(remittances.report, nobody, number, **named)

    def confirm(amount: int, viewer=manager, day=TODAY) -> Remittance:
        def verb(work, by, center) -> None:
            found = remittances.find(work, center, row)
            remittances.confirm(
                work, by, center, found, remitted=amount, remitted_on=day, today=TODAY, now=now
            )

        act(verb, viewer, number)
        return session.get_one(Remittance, row)

    health = center_health.of(session, session.get_one(Center, number), today=TODAY, now=now)
    assert (session.get_one(Remittance, row).owed, health.late_fees) == (8000, 1)
    with pytest.raises(Forbidden):
        confirm(8000, viewer=lead)
    with pytest.raises(Refusal):
        confirm(8000, day=TODAY + timedelta(days=1))
    assert confirm(7999).confirmed_on is None
    assert confirm(8000).confirmed_on == TODAY
    with pytest.raises(Conflict):
        confirm(8000)
    # it came on the day itself, not before the exam
    assert session.get_one(Remittance, row).is_late(TODAY)


def test_an_exam_costs_what_the_agreement_of_its_day_says(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    begins = TODAY + timedelta(days=40)
    with transaction():
        before = agreement(number, now=now, start=TODAY - timedelta(days=325), taken_up=True)
        renewed = agreement(number, now=now, start=begins, taken_up=True)
        renewed.fee_intermediate, renewed.fee_senior = 450, 900
        session.add_all([before, renewed])
    candidates = {"intermediate": 1, "senior": 1, "now": now}

    for exam_on, owed in ((begins - timedelta(days=1), 1200), (begins, 1350)):
        row = act(remittances.report, manager, number, exam_on=exam_on, **candidates)
        assert row.owed == owed


def test_a_reviewer_who_differs_from_the_form_says_why(session, act, manager, now):
    number = center_in(session, "submitted", now=now)
    session.get_one(Center, number).profile = {"computers": 24, "department": "计算机系"}
    session.commit()
    reviewer = replace(agent(session, now), channel_manager=True)

    def confirm(criterion: str, *, met: bool, reason: str = "", viewer=reviewer) -> None:
        named = {"met": met, "reason": reason, "now": now}
        act(assessments.confirm, viewer, number, criterion, **named)

    confirm("computers", met=False)
    confirm("department", met=True)
    for criterion, met in (("computers", True), ("teachers", True), ("own_space", False)):
        with pytest.raises(Refusal) as refused:
            confirm(criterion, met=met)
        assert refused.value.field == "reason"
    confirm("computers", met=True, reason="新机房 40 台，现场看过。")
    with pytest.raises(Forbidden):
        confirm("computers", met=True, viewer=replace(reviewer, channel_manager=False))
    with pytest.raises(NotFound):
        confirm("colour", met=True)

    rows = {row.criterion: row for row in session.scalars(select(Qualification))}
    assert len(rows) == 8
    assert (rows["computers"].judged, rows["computers"].confirmed) == (False, True)


def test_an_opinion_is_given_in_the_joint_review_and_not_before_its_day(session, act, manager, now):
    number = center_in(session, "joint_review", now=now)
    usual = {"favourable": True, "text": "", "given_on": TODAY, "today": TODAY, "document": None}

    for change in ({"given_on": TODAY + timedelta(days=1)}, {"favourable": False}):
        with pytest.raises(Refusal):
            act(
                assessments.give_opinion,
                manager,
                number,
                "internet_base",
                **usual | change,
                now=now,
            )
    act(assessments.give_opinion, manager, number, "internet_base", **usual, now=now)
    act(
        assessments.give_opinion, manager, number, "internet_base",
        **usual | {"favourable": False, "text": "师资不足"}, now=now,
    )  # fmt: skip
    other = center_in(session, "filed", now=now)
    with pytest.raises(Refusal):
        act(assessments.give_opinion, manager, other, "internet_base", **usual, now=now)

    found = assessments.opinions(session, session.get_one(Center, number))
    assert [row.favourable for row in found.values()] == [False]


def test_a_papers_type_is_what_its_content_is(session, manager, now):
    kinds = {
        b"%PDF-1.7": "application/pdf",
        picture(): "image/jpeg",
        "放假安排".encode("gb18030"): "text/plain",
        b"PK\x03\x04..word/document.xml": (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        ),
    }
    for data, kind in kinds.items():
        assert documents.checked(Attachment("a.pdf", "text/html", data)).content_type == kind
    for data in (
        b"",
        b"<html><script>",
        b"  <svg onload=",
        b"MZ\x90\x00\x03",
        b"PK\x03\x04evil",
        b"\x89PNG\r\n\x1a\n..",
    ):
        with pytest.raises(Refusal):
            documents.checked(Attachment("a.pdf", "application/pdf", data))


def test_a_picture_is_drawn_anew_without_the_place_where_it_was_taken():
    kept = documents.checked(Attachment("铜牌.jpg", "image/jpeg", picture()))

    assert b"GPS" in picture()
    assert b"GPS" not in kept.data
    assert (kept.name, kept.content_type) == ("铜牌.jpg", "image/jpeg")


def test_papers_are_replaced_shared_and_removed_and_stay_in_the_log(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    wang = contact(session, now, "wang@college.test", "CD017")

    def keep(work, viewer, center) -> int:
        file, by = StoredFile.of(PDF), viewer.actor
        return documents.keep(work, file, of=center, kind="agreement", by=by, now=now).id

    def newer(work, viewer, center) -> None:
        found = work.get_one(Document, first)
        documents.replace_by(work, found, StoredFile.of(PDF), by=viewer.actor, now=now)

    first = act(keep, manager, number)
    act(newer, manager, number)
    with pytest.raises(Conflict):
        act(newer, manager, number)
    center = session.get_one(Center, number)
    [latest] = documents.of_center(session, manager, center)
    assert latest.version == 2
    assert [row.id for row in documents.earlier(session, manager, center)[latest.id]] == [first]
    assert documents.of_center(session, wang, center) == []

    number_of = latest.id
    act(
        lambda w, v, _c: documents.share(
            w, v, w.get_one(Document, number_of), shared=True, now=now
        ),
        manager,
        number,
    )
    [seen] = documents.of_center(session, wang, session.get_one(Center, number))
    assert seen.id == number_of
    act(
        lambda w, v, _c: documents.remove(w, v, w.get_one(Document, number_of), now=now),
        manager,
        number,
    )

    assert documents.of_center(session, manager, session.get_one(Center, number)) == []
    assert events(session, number) == [
        "document.added", "document.replaced", "document.shared", "document.removed",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        documents.for_center(session, manager, session.get_one(Center, number), number_of)


def test_a_paper_that_is_shared_no_longer_takes_its_earlier_versions_along(
    session, act, manager, now
):
    number = center_in(session, "authorized", now=now)
    wang = contact(session, now, "wang@college.test", "CD017")

    def keep(work, viewer, center) -> list[int]:
        file, by = StoredFile.of(PDF), viewer.actor
        first = documents.keep(work, file, of=center, kind="review", by=by, now=now, shared=True)
        return [first.id, documents.replace_by(work, first, file, by=by, now=now).id]

    def share(work, viewer, _center, *, shared) -> None:
        documents.share(work, viewer, work.get_one(Document, latest), shared=shared, now=now)

    first, latest = act(keep, manager, number)
    act(share, manager, number, shared=False)

    for paper in (first, latest):
        with pytest.raises(NotFound):
            access.document_for(session, wang, paper)
    act(share, manager, number, shared=True)
    assert access.document_for(session, wang, latest).version == 2
    with pytest.raises(NotFound):
        access.document_for(session, wang, first)


@pytest.mark.parametrize("code", ["board", "成都17", "SC/018", "SC 018"])
def test_a_code_that_no_page_can_stand_at_is_refused_with_the_authorisation(
    session, manager, now, code
):
    number = center_in(session, "trained", now=now)

    with pytest.raises(Refusal) as refused:
        take(
            session,
            manager,
            number,
            "grant",
            needs=["plaque_no", "certificate_no"],
            code=code,
            now=now,
        )

    assert (refused.value.code, refused.value.field) == ("bad_code", "code")
    session.rollback()
    assert session.get_one(Center, number).state == "trained"


def test_the_lead_is_invited_when_the_authorisation_is_granted(session, manager, now):
    number = center_in(session, "trained", now=now)
    with transaction():
        person = Person(name="周敏", center_id=number, lead=True, created_at=now)
        session.add(person)
        session.flush()
        session.add(Address(person_id=person.id, kind="email", value="zhou@college.test"))

    needs = ["plaque_no", "certificate_no"]
    take(session, manager, number, "grant", needs=needs, code="SC018", now=now)

    login = session.scalars(select(Login).where(Login.email == "zhou@college.test")).one()
    assert login.person.center_id == number
    [mail] = session.scalars(select(Outbox)).all()
    assert (mail.kind, mail.recipients) == ("account", ["zhou@college.test"])


def test_people_lecturers_and_teachers_belong_to_one_center(session, act, manager, now):
    number, other = (center_in(session, "authorized", now=now) for _ in range(2))
    dates = {"issued_on": TODAY, "valid_to": TODAY + timedelta(days=9)}
    lecturer = {"name": "周博", "senior": True, "certificate_no": "L-1", "now": now, **dates}
    row = act(center_people.add_lecturer, manager, number, **lecturer)
    named = {"course": "安卓", "full_time": True, "years": 5, "remarks": "", "now": now}
    teacher = act(center_people.add_teacher, manager, number, name="何伟", **named)
    login = act(
        center_people.invite,
        manager,
        number,
        name="何雪",
        email="he@college.test",
        lead=True,
        now=now,
    )

    assert session.get_one(Person, login.person_id).lead
    wrong = {**lecturer, "valid_to": TODAY}
    with pytest.raises(Refusal):
        act(center_people.add_lecturer, manager, number, **wrong)
    for verb, their in (
        (center_people.remove_lecturer, row.id),
        (center_people.remove_teacher, teacher.id),
    ):
        with pytest.raises(NotFound):
            act(verb, manager, other, their, now=now)
        act(verb, manager, number, their, now=now)
    with pytest.raises(NotFound):
        act(center_people.set_lead, manager, other, login.person_id, lead=False, now=now)


def test_facts_are_changed_and_the_log_says_from_what_to_what(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    center_in(session, "authorized", now=now, code="HZ003")
    facts = {"code": "CD017", "name": "成都认证中心", "city": "成都", "review_due_on": TODAY}

    act(centers.change, manager, number, facts, domains=["college.test"], now=now)
    act(centers.change, manager, number, facts, domains=["college.test"], now=now)
    for wrong in ({"code": "HZ003"}, {"code": "board"}, {"code": "成都"}):
        with pytest.raises(Refusal):
            act(centers.change, manager, number, facts | wrong, domains=[], now=now)

    session.rollback()
    [event] = session.scalars(select(CenterEvent).where(CenterEvent.kind == "center.changed")).all()
    assert event.data["to"]["city"] == ["", "成都"]
    assert event.data["to"]["domains"] == ["", "college.test"]
    assert session.get_one(Center, number).next_at is not None


def test_facts_are_checked_as_those_of_an_application(session, act, manager, now):
    number = center_in(session, "authorized", now=now)
    facts = {"code": "CD017", "name": "成都认证中心"}
    for name, wrong in (
        ("credit_code", "91110000600037341A"),
        ("postcode", "61004"),
        ("phone", "12"),
        ("legal_representative", f"李国强 {NUMBER}"),
        ("certificate_no", NUMBER),
    ):
        with pytest.raises(Refusal) as refused:
            act(centers.change, manager, number, {**facts, name: wrong}, domains=[], now=now)
        assert refused.value.field == name

    right = {**facts, "credit_code": "9111 0000 6000 3734 1l"}
    act(centers.change, manager, number, right, domains=[], now=now)

    assert session.get_one(Center, number).credit_code == "91110000600037341L"


def test_a_fact_that_is_older_than_the_rules_stays_until_somebody_changes_it(
    session, act, manager, now
):
    number = center_in(session, "authorized", now=now, code="CD017")
    with transaction():
        session.get_one(Center, number).phone = "总机转 12"
    facts = {"code": "CD017", "name": "成都认证中心", "phone": "总机转 12", "city": "成都"}

    act(centers.change, manager, number, facts, domains=[], now=now)

    assert session.get_one(Center, number).city == "成都"


def test_the_state_by_hand_needs_an_administrator_a_reason_and_the_version(
    session, act, manager, now
):
    number = center_in(session, "authorized", now=now)
    admin = agent(session, now, "wu@miec.example.cn", role="admin", name="吴昊")
    usual = {"state": "exited", "exit_by": "breach", "why": "旧档案", "seen": 1, "now": now}

    with pytest.raises(Forbidden):
        act(centers.correct, manager, number, **usual)
    for wrong in ({"why": " "}, {"exit_by": None}, {"state": "gone"}, {"seen": 9}):
        with pytest.raises(Refusal):
            act(centers.correct, admin, number, **usual | wrong)
    act(centers.correct, admin, number, **usual)

    center = session.get_one(Center, number)
    assert (center.state, center.exit_by, center.version) == ("exited", "breach", 2)


def test_what_comes_back_is_noted_while_the_exit_is_in_progress(session, act, manager, now):
    number = center_in(session, "exit_processing", now=now, exit_by="breach")
    usual = {"plaque_on": TODAY, "documents_on": None, "today": TODAY, "now": now}

    act(closing.note_returns, manager, number, **usual)
    with pytest.raises(Refusal):
        act(closing.note_returns, manager, number, **usual | {"documents_on": date(2027, 1, 1)})
    serving = center_in(session, "authorized", now=now)
    with pytest.raises(Refusal):
        act(closing.note_returns, manager, serving, **usual)

    assert session.get_one(Center, number).plaque_returned_on == TODAY


def test_nobody_but_managers_writes_into_a_record(session, act, now):
    """Channel managers judge applications and file papers; a lead looks after its people alone."""
    number = center_in(session, "exit_processing", now=now, exit_by="breach")
    chen = agent(session, now)
    lead = replace(contact(session, now, "wang@college.test", "CD017"), leads=True)
    verbs = (
        lambda v: act(agreements.draft, v, number, TERMS, today=TODAY, now=now),
        lambda v: act(annual_reviews.set_up, v, number, 2026, task="x", target=1, due_on=None, now=now),
        lambda v: act(annual_reviews.write, v, number, 2026, done=1, findings="x", now=now),
        lambda v: act(center_people.remove_lecturer, v, number, 1, now=now),
        lambda v: act(center_people.remove_teacher, v, number, 1, now=now),
        lambda v: act(centers.change, v, number, {}, domains=[], now=now),
        lambda v: act(closing.note_returns, v, number, plaque_on=None, documents_on=None, today=TODAY, now=now),
        lambda v: act(assessments.give_opinion, v, number, "internet_base", favourable=True, text="",
                      given_on=TODAY, today=TODAY, document=None, now=now),
    )  # fmt: skip
    named = {"name": "x", "email": "x@y.test", "lead": True, "now": now}
    people = (
        lambda v: act(center_people.set_lead, v, number, 1, lead=True, now=now),
        lambda v: act(center_people.invite, v, number, **named),
    )
    others = replace(contact(session, now, "li@other.test", "HZ003"), leads=True)
    reviewer = replace(chen, channel_manager=True)
    for viewer, refused in (
        (chen, (*verbs, *people)),
        (reviewer, (*verbs, *people)),
        (others, (*verbs, *people)),
        (lead, verbs),
    ):
        for verb in refused:
            with pytest.raises(Forbidden):
                verb(viewer)
    assert session.scalars(select(Agreement)).all() == []


def test_the_board_shows_the_longest_waiting_and_counts_the_others(session, manager, now):
    for n in range(center_board.MOST_SHOWN + 2):
        center_in(session, "filed", now=now + timedelta(minutes=n))
    late = center_in(session, "exit_processing", now=now, exit_by="breach")
    ending, later = (center_in(session, "authorized", now=now) for _ in range(2))
    session.get_one(Center, late).plaque_returned_on = TODAY
    session.get_one(Center, ending).agreement_to = TODAY + timedelta(days=20)
    session.get_one(Center, later).agreement_to = TODAY + timedelta(days=200)
    session.add(Remittance(center_id=ending, exam_on=TODAY, intermediate=1, by="", created_at=now))
    session.commit()

    board = center_board.board(session, manager, now=now + timedelta(days=14))

    stages = {stage.state: stage for stage in board.stages}
    assert (stages["filed"].count, len(stages["filed"].cards)) == (10, 8)
    assert stages["filed"].cards[0].overdue
    [card] = stages["exit_processing"].cards
    assert card.missing == ("website_notice", "microblog_notice", "documents_returned")
    assert [due.center.id for due in board.agreements] == [ending]
    assert [center.id for center, _row in board.late_fees] == [ending]
    with pytest.raises(Forbidden):
        center_board.board(session, contact(session, now, "w@college.test", "CD017"), now=now)
