"""Centers from files: tried first, each wrong cell named, all or nothing; and two made one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from channels.message import Handle
from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Center, CenterEvent, Person, Remittance, Ticket
from helpdesk.presentation.table_files import rows_as_csv, rows_as_xlsx
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.certification import center_board, center_files, center_life, center_merge
from helpdesk.services.desk import tickets
from helpdesk.services.identity import people
from tests.services.certification.applying import NUMBER, submitted
from tests.services.certification.center_life_help import center_in, paper, provide, take
from tests.services.people import agent

TODAY = date(2026, 11, 23)
FILE = """编号,中文名称,地区,状态,电话,邮箱域名,颜色
CD101,成都一中心,四川,已授权,028-85551234,one.edu.test,红
CD102,成都二中心,四川,,13800138000,two.edu.test,蓝
"""


def tried(session, text: str) -> center_files.Plan:
    session.rollback()
    return center_files.read(session, text.encode("gb18030"), today=TODAY)


def taken(session, text: str, now) -> center_files.Plan:
    session.rollback()
    with transaction():
        plan = center_files.read(session, text.encode(), today=TODAY)
        center_files.take_over(session, plan, by=SYSTEM, now=now)
    return plan


def codes(session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Center.code).order_by(Center.code)))


def test_a_trial_says_what_a_file_would_do_and_does_nothing(session, app, now):
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        plan = tried(session, FILE)

    assert (plan.new, plan.wrong, plan.ignored) == (["CD101", "CD102"], [], ["颜色"])
    assert codes(session) == []


def test_a_file_enters_centers_and_again_changes_nothing(session, now):
    taken(session, FILE, now)
    again = taken(session, FILE, now)

    assert codes(session) == ["CD101", "CD102"]
    first = session.scalars(select(Center).where(Center.code == "CD101")).one()
    assert (first.region, first.state, [d.domain for d in first.domains]) == (
        "四川",
        "authorized",
        ["one.edu.test"],
    )
    assert (again.new, again.changed, again.same) == ([], {}, 2)
    assert len(session.scalars(select(CenterEvent)).all()) == 2


def test_an_empty_cell_leaves_what_is_there_and_a_change_is_logged(session, now):
    taken(session, FILE, now)

    plan = taken(session, "code,name,phone,region\nCD101,成都一中心,,重庆\n", now)

    assert plan.changed == {"CD101": ["region"]}
    center = session.scalars(select(Center).where(Center.code == "CD101")).one()
    assert (center.phone, center.region) == ("02885551234", "重庆")
    event = session.scalars(select(CenterEvent).order_by(CenterEvent.id.desc())).first()
    assert event.data["to"] == {"region": ["四川", "重庆"]}


def test_each_wrong_cell_is_named_by_row_and_column_and_nothing_is_taken(session, now):
    center_in(session, "exited", now=now, code="CD100", exit_by="breach")
    text = (
        "code,name,phone,state,postcode,domains\n"
        "CD101,,12345,,61,\n"
        "CD 102,二,,,,qq.com\n"
        "\n"
        "CD103,三,,nowhere,,three.test\n"
        "CD103,三,,,,\n"
        "CD104,四,,,,three.test\n"
        "CD100,成都认证中心,,authorized,,\n"
    )

    plan = tried(session, text)

    assert [(cell.row, cell.value) for cell in plan.wrong] == [
        (2, ""),
        (2, "12345"),
        (2, "61"),
        (3, "CD 102"),
        (5, "nowhere"),
        (8, "authorized"),
    ]
    with pytest.raises(Refusal), transaction():
        center_files.take_over(session, plan, by=SYSTEM, now=now)
    assert codes(session) == ["CD100"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("name,phone\nA,1\n", "no_heading"), ("", "bad_table"), ("code,name\n", "bad_table")],
)
def test_what_is_no_table_of_centers_is_refused(session, app, text, code):
    with pytest.raises(Refusal) as refused:
        tried(session, text)

    assert refused.value.code == code


def test_what_is_exported_is_read_again_without_a_change(session, now):
    taken(session, FILE, now)
    rows = list(center_files.export(session))

    for data in (rows_as_csv(rows), rows_as_xlsx(rows, "centers")):
        plan = center_files.read(session, data, today=TODAY)
        assert (plan.same, plan.new, plan.changed, plan.wrong) == (2, [], {}, [])


def test_an_export_never_holds_an_id_number_or_a_formula(session, now):
    submitted(session, now)
    with transaction():
        session.scalars(select(Center)).one().name = "=HYPERLINK(1)"

    data = rows_as_csv(center_files.export(session)).decode()

    assert NUMBER not in data
    assert NUMBER[6:14] not in data
    assert "'=HYPERLINK(1)" in data


def test_what_an_export_masked_and_defused_stays_as_it_was_when_it_is_read_again(session, now):
    taken(session, FILE, now)
    with transaction():
        center = session.scalars(select(Center).where(Center.code == "CD101")).one()
        center.name, center.address = "=一中心", f"持 {NUMBER} 者收"
    exported = rows_as_csv(center_files.export(session)).decode()
    assert NUMBER not in exported

    plan = taken(session, exported, now)

    assert (plan.same, plan.changed, plan.wrong) == (2, {}, [])
    session.rollback()
    center = session.scalars(select(Center).where(Center.code == "CD101")).one()
    assert (center.name, center.address) == ("=一中心", f"持 {NUMBER} 者收")


@pytest.fixture
def admin(session, now):
    return agent(session, now, "zhang@miec.example.cn", role="admin", name="张伟")


def ticket_of(session, center_id: int, now) -> int:
    session.rollback()
    with transaction():
        person = people.person_for(session, Handle("email", "a@dup.test", "甲"), now=now)
        person.center = session.get_one(Center, center_id)
        session.flush()
        return tickets.open_ticket(
            session,
            subject="问题",
            channel="email",
            requester=person,
            started_at=now,
            now=now,
            by=Actor("甲", person_id=person.id),
        ).id


def merge(session, viewer, source: int, target: int, *, now, why="重复建档") -> None:
    session.rollback()
    with transaction():
        center_merge.merge(
            session,
            viewer,
            session.get_one(Center, source),
            session.get_one(Center, target),
            why=why,
            now=now,
        )
    session.rollback()


def test_what_falls_due_goes_over_to_the_record_that_stays(session, admin, now):
    source, target = (center_in(session, "authorized", now=now) for _ in range(2))
    with transaction():
        double = session.get_one(Center, source)
        double.agreement_to, double.plaque_no = TODAY + timedelta(days=200), "P-17"
        session.add(
            Remittance(center_id=source, exam_on=TODAY, intermediate=1, by="", created_at=now)
        )

    merge(session, admin, source, target, now=now)

    kept, gone = session.get_one(Center, target), session.get_one(Center, source)
    assert (kept.agreement_to, kept.plaque_no) == (TODAY + timedelta(days=200), "P-17")
    assert (kept.reminder, gone.reminder) == ("remittance_late", None)
    assert kept.next_at is not None


def test_a_record_that_was_merged_stands_nowhere_any_more(session, admin, now):
    source, target, other = (center_in(session, "authorized", now=now) for _ in range(3))
    with transaction():
        for number in (source, target):
            session.get_one(Center, number).agreement_to = TODAY + timedelta(days=20)

    merge(session, admin, source, target, now=now)

    board = center_board.board(session, admin, now=now)
    assert board.serving == 2
    assert [due.center.id for due in board.agreements] == [target]
    assert center_life.possible(session, admin, session.get_one(Center, source), today=TODAY) == []
    with pytest.raises(Refusal) as refused:
        take(session, admin, source, "breach", needs=["evidence", "reason"], now=now)
    assert refused.value.code == "merged"
    assert session.get_one(Center, other).state == "authorized"


def test_merging_moves_everything_and_drops_nothing(session, admin, now):
    source, target = (
        center_in(session, "authorized", now=now),
        center_in(session, "authorized", now=now),
    )
    number = ticket_of(session, source, now)
    with transaction():
        paper(session, source, "other", now=now)
        provide(session, source, "qualification", now=now)
        session.get_one(Center, source).phone = "13800138000"

    merge(session, admin, source, target, now=now)

    kept = session.get_one(Center, target)
    assert session.get_one(Ticket, number).center_id == target
    assert {row.center_id for row in session.scalars(select(Person))} == {target}
    assert kept.phone == "13800138000"
    assert session.get_one(Center, source).merged_into_id == target
    kinds = session.scalars(select(CenterEvent.kind).order_by(CenterEvent.id)).all()
    assert kinds[-2:] == ["center.merged", "center.absorbed"]


def test_merging_goes_in_no_circle_and_only_an_administrator_does_it(session, admin, now):
    one, two = center_in(session, "authorized", now=now), center_in(session, "filed", now=now)
    manager = agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")

    with pytest.raises(Forbidden):
        merge(session, manager, one, two, now=now)
    for source, target, why in ((one, one, "x"), (one, two, " ")):
        with pytest.raises(Refusal):
            merge(session, admin, source, target, now=now, why=why)
    merge(session, admin, one, two, now=now)
    with pytest.raises(Refusal, match=r"CD"):
        merge(session, admin, two, one, now=now)
