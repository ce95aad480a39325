"""Applications that came to nothing are erased when their time is up, and nothing sooner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import NotFound
from helpdesk.extensions import transaction
from helpdesk.models import Application, Center, CenterEvent, Document, PersonalAccess, Teacher
from helpdesk.presentation.center_events import center_event_words
from helpdesk.runtime import current_storage
from helpdesk.services.access import Actor
from helpdesk.services.certification import applications, center_log
from helpdesk.services.operations import checks, housekeeping
from helpdesk.services.personal import retention, sealed
from tests.services.people import agent
from tests.services.personal.sealing import NUMBER, keep, row_of

PHOTOGRAPH = b"\x89PNG\r\n\x1a\n a classroom"


def days(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def apply(session, now):
    """Return a way to have an application with a number, a teacher and a photograph."""

    def begin(*, state: str | None = None, age: int, photograph: bytes = PHOTOGRAPH) -> int:
        then = now - days(age)
        number = keep(then)
        values = {"person_name": "张伟", "person_id": {"sealed": number}, "phone": "15712969460"}
        with transaction() as writing:
            application = Application(
                token_hash=f"{age}-{state}",
                email="zhang@college.test",
                data={"values": values, "typed": {"head_phone": "1571296"}},
                created_at=then,
                updated_at=then,
            )
            if state is not None:
                application.submitted_at = then
                application.center = Center(
                    code=f"A{age}",
                    name="成都信息工程学院",
                    state=state,
                    state_since=then,
                    created_at=then,
                    legal_representative="张伟",
                    legal_phone="15712969460",
                    profile=values,
                )
            writing.add(application)
            writing.flush()
            if application.center is not None:
                writing.add(Teacher(center_id=application.center_id, name="李静"))
            writing.add(
                Document(
                    application_id=application.id,
                    center_id=application.center_id,
                    kind="photograph",
                    title="",
                    name="张伟的教室.png",
                    content_type="image/png",
                    size=len(photograph),
                    sha256=current_storage().put(photograph),
                    by="zhang@college.test",
                    created_at=then,
                )
            )
            return application.id

    return begin


def due(session, now) -> dict[int, str]:
    session.rollback()
    return {one.application_id: one.why for one in retention.due_for_erasure(session, now=now)}


def test_refused_ones_wait_180_days_and_drafts_30(session, now, apply):
    refused, draft = apply(state="rejected", age=180), apply(age=30)
    apply(state="rejected", age=179)
    apply(age=29)

    assert due(session, now) == {refused: "refused", draft: "draft"}


@pytest.mark.parametrize("state", ["submitted", "joint_review", "authorized", "exited"])
def test_an_application_that_is_not_refused_is_kept(session, now, apply, state):
    apply(state=state, age=4000)

    assert due(session, now) == {}
    assert retention.erase_due(now=now) == 0


def test_erasing_leaves_nothing_of_people(app, session, now, apply):
    application_id = apply(state="rejected", age=200)
    session.rollback()
    application = session.get_one(Application, application_id)
    number = application.data["values"]["person_id"]["sealed"]
    (file,) = session.scalars(select(Document.sha256)).all()

    assert retention.erase_due(now=now) == 1

    row = row_of(session, number)
    assert (row.cipher, row.digest, row.masked, row.erased_at) == (None, None, "", now)
    assert sealed.find(session, NUMBER) == []
    assert (application.email, application.erased_at) == ("", now)
    center = application.center
    assert (center.legal_representative, center.legal_phone, center.profile) == ("", "", {})
    assert session.scalars(select(Teacher)).all() == []
    paper = session.scalars(select(Document)).one()
    assert (paper.removed_at, paper.name, paper.by) == (now, "", "")
    assert "张伟" not in str([application.data, vars(paper), vars(center)])
    with pytest.raises(FileNotFoundError):
        current_storage().read(file)
    assert center.name == "成都信息工程学院"


def test_the_centers_log_keeps_its_steps_and_forgets_who_they_were(session, now, apply):
    apply(state="rejected", age=200)
    applicant, chen = Actor("张伟"), agent(session, now)
    session.rollback()
    with transaction():
        center = session.scalars(select(Center)).one()
        for by, kind, data in (
            (applicant, "life.submit", {"from": "draft", "to": "submitted"}),
            (applicant, "document.added", {"name": "张伟的教室.png", "kind": "photograph"}),
            (chen.actor, "teacher.added", {"name": "张伟"}),
            (chen.actor, "center.changed", {"to": {"legal_representative": ["张伟", "李强"]}}),
            (chen.actor, "life.fail_preliminary", {"to": "rejected", "reason": "机房不足"}),
        ):
            center_log.record(session, center, kind, now=now, by=by, data=data)

    retention.erase_due(now=now)

    session.rollback()
    rows = session.scalars(select(CenterEvent).order_by(CenterEvent.id)).all()
    assert "张伟" not in str([(row.by, row.data) for row in rows])
    assert [row.by for row in rows] == ["", "", "陈静", "陈静", "陈静", "system"]
    assert rows[4].data["reason"] == "机房不足"
    assert center_event_words("life.submit", rows[0].data, rows[0].by).text.endswith(
        ("(name erased)", "（姓名已清除）")
    )


def test_that_it_happened_is_in_both_logs(session, now, apply):
    apply(state="rejected", age=200)
    retention.erase_due(now=now)

    session.rollback()
    event = session.scalars(select(CenterEvent)).one()
    assert (event.kind, event.by, event.data) == (
        "center.erased",
        "system",
        {"why": "refused", "documents": 1},
    )
    line = session.scalars(select(PersonalAccess)).one()
    assert (line.what, line.by, line.subject, line.reason) == (
        "erased",
        "system",
        "person_id",
        "refused",
    )
    assert line.center_id == event.center_id


def test_a_link_to_an_erased_draft_opens_nothing(session, now):
    with transaction() as writing:
        application = applications.begin(
            writing, "zhang@college.test", locale="zh", now=now - days(40)
        )
        application.token_hash = applications._digest("known")

    retention.erase_due(now=now)

    with pytest.raises(NotFound):
        applications.by_token(session, "known", now=now)
    assert applications.begun_with(session, "zhang@college.test") is None


def test_a_file_that_somebody_else_keeps_stays(session, now, apply):
    apply(age=40)
    apply(state="authorized", age=10)

    retention.erase_due(now=now)

    session.rollback()
    kept = session.scalars(select(Document).where(Document.removed_at.is_(None))).one()
    assert current_storage().read(kept.sha256) == PHOTOGRAPH


def test_a_draft_that_is_taken_up_meanwhile_is_kept(session, now, apply):
    application_id = apply(age=40)
    session.rollback()
    (found,) = retention.due_for_erasure(session, now=now)
    with transaction() as writing:
        writing.get_one(Application, application_id).updated_at = now

    with transaction() as writing:
        assert retention.erase(writing, found, now=now) is None

    session.rollback()
    assert session.get_one(Application, application_id).data["values"]["person_name"] == "张伟"


def test_a_second_time_nothing_is_left_to_erase(session, now, apply):
    for age in (31, 32, 33):
        apply(age=age)

    assert retention.erase_due(now=now) == 3
    assert retention.erase_due(now=now) == 0


def test_the_worker_does_it_by_itself(session, now, apply):
    apply(age=31)

    housekeeping.run(now=now)

    assert due(session, now) == {}
    assert session.scalars(select(Application.erased_at)).one() == now


def test_what_else_fails_in_that_hour_keeps_no_number_longer(session, now, apply, monkeypatch):
    def broken(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr(housekeeping.years, "ask", broken)
    monkeypatch.setattr(housekeeping.call_sums, "settle", broken)
    apply(age=31)

    housekeeping.run(now=now)

    assert session.scalars(select(Application.erased_at)).one() == now


def test_a_number_typed_anew_erases_the_one_before(session, now):
    from helpdesk.services.certification.application_form import PARTS

    part = next(part for part in PARTS if any(f.name == "person_id" for f in part.fields))
    with transaction() as writing:
        application = applications.begin(writing, "zhang@college.test", locale="zh", now=now)
        for typed in (NUMBER, "34052419800101001X"):
            applications.save(
                writing, application, part, {"person_id": typed}, now=now, today=now.date()
            )

    session.rollback()
    assert sealed.find(session, NUMBER) == []
    assert len(sealed.find(session, "34052419800101001X")) == 1
    assert [line.reason for line in session.scalars(select(PersonalAccess))] == ["replaced"]


def test_one_that_fails_is_seen_and_keeps_no_other(session, now, apply, monkeypatch):
    broken, *others = [apply(age=age) for age in (33, 32, 31)]
    forget = applications.forget

    def fail_on_one(session, application, **more):
        if application.id == broken:
            raise ZeroDivisionError
        forget(session, application, **more)

    monkeypatch.setattr(applications, "forget", fail_on_one)
    monkeypatch.setattr(retention, "BATCH", 1)

    assert retention.erase_due(now=now) == len(others)
    assert due(session, now) == {broken: "draft"}
    assert [finding.level for finding in checks._erasure(session, now)] == ["wrong"]

    monkeypatch.undo()
    assert retention.erase_due(now=now) == 1
    assert [finding.level for finding in checks._erasure(session, now)] == ["ok"]
