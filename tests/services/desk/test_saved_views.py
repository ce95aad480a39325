"""Views that people keep: under a name, alone or for everybody, counted without counting on."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event

from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, SavedView
from helpdesk.services.desk import queue, saved_views
from tests.services.desk.test_queue import add_tickets
from tests.services.people import agent, contact

BY_MAIL = {"channel": "email", "topic": "exam"}


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def wu(session, now):
    return agent(session, now, "wu@miec.example.cn", role="manager", name="吴昊")


@pytest.fixture
def keep(now):
    def save(viewer, name="考试邮件", *, view="open", filters=BY_MAIL, shared=False) -> int:
        with transaction() as work:
            row = saved_views.save(
                work, viewer, name=name, view=view, filters=filters, shared=shared, now=now
            )
            return row.id

    return save


def names(viewer) -> list[str]:
    return [row.name for row in saved_views.listing(db.session(), viewer)]


def test_a_view_is_there_for_who_kept_it_and_for_nobody_else(chen, wu, keep):
    keep(chen)
    assert names(chen) == ["考试邮件"]
    assert names(wu) == []


def test_what_a_manager_shares_everybody_at_the_desk_sees(chen, wu, keep, session, now):
    keep(wu, "全部投诉", shared=True)
    assert names(chen) == names(wu) == ["全部投诉"]
    assert names(contact(session, now, "zhou@college.test")) == []


def test_an_agent_shares_nothing(chen, keep):
    with pytest.raises(Forbidden):
        keep(chen, shared=True)


def test_an_agent_changes_nothing_that_is_shared(chen, wu, keep):
    number = keep(wu, shared=True)
    for change in (
        lambda work: saved_views.remove(work, chen, number),
        lambda work: saved_views.change(work, chen, number, name="x", shared=True),
    ):
        with pytest.raises(Forbidden), transaction() as work:
            change(work)


def test_what_somebody_else_keeps_does_not_exist(chen, wu, keep):
    number = keep(chen)
    with pytest.raises(NotFound), transaction() as work:
        saved_views.remove(work, wu, number)


def test_it_is_renamed_shared_and_taken_away(wu, keep):
    number = keep(wu)
    with transaction() as work:
        saved_views.change(work, wu, number, name="邮件", shared=True)
    assert names(wu) == ["邮件"]
    with transaction() as work:
        saved_views.remove(work, wu, number)
    assert names(wu) == []


def test_a_manager_takes_a_colleagues_shared_view_back(wu, session, now, keep):
    boss = agent(session, now, "li@miec.example.cn", role="manager", name="李主任")
    number = keep(wu, shared=True)
    with transaction() as work:
        saved_views.change(work, boss, number, name="考试邮件", shared=False)
    assert names(boss) == []
    assert names(wu) == ["考试邮件"]


def test_a_name_stands_for_one_view(chen, wu, keep):
    keep(chen)
    with pytest.raises(Refusal) as refused:
        keep(chen, filters={"channel": "web"})
    assert refused.value.code == "name_taken"
    keep(wu)


@pytest.mark.parametrize(
    ("view", "filters", "code"),
    [
        ("nonsense", BY_MAIL, "unknown_view"),
        ("open", {}, "no_filters"),
        ("open", {"assignee": "nobody"}, "bad_filter"),
        ("open", {"topic": "x" * 101}, "bad_filter"),
        ("open", {"topic": "a\0b"}, "bad_filter"),
    ],
)
def test_what_is_no_narrower_view_is_refused(chen, keep, view, filters, code):
    with pytest.raises(Refusal) as refused:
        keep(chen, view=view, filters=filters)
    assert refused.value.code == code
    assert names(chen) == []


def test_so_many_fit_beside_the_others(chen, keep, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    keep(chen, "1")
    keep(chen, "2")
    with pytest.raises(Refusal) as refused:
        keep(chen, "3")
    assert refused.value.code == "too_many"


def test_a_list_with_the_same_filters_is_that_view_and_ones_own_goes_first(chen, wu, keep, session):
    keep(wu, "共享", shared=True)
    rows = saved_views.listing(session, chen)
    assert saved_views.kept_as(rows, chen, "open", BY_MAIL).name == "共享"
    keep(chen, "我的")
    rows = saved_views.listing(session, chen)
    assert saved_views.kept_as(rows, chen, "open", BY_MAIL).name == "我的"
    assert saved_views.kept_as(rows, chen, "open", {"channel": "email"}) is None
    assert saved_views.kept_as(rows, chen, "all", BY_MAIL) is None


def test_it_goes_with_who_kept_it(chen, keep, session):
    keep(chen)
    with transaction() as work:
        work.execute(delete(Agent).where(Agent.id == chen.agent_id))
    assert session.query(SavedView).count() == 0


def counted(session, viewer) -> list[tuple[int, bool]]:
    return [*saved_views.counts(session, viewer, saved_views.listing(session, viewer)).values()]


def test_it_counts_what_fits(chen, keep, session, now):
    add_tickets(session, now, [("open", 5, 1), ("open", None, 1), ("waiting", 9, 1)])
    keep(chen, "1", filters={"channel": "web"})
    keep(chen, "2", filters={"channel": "email"})
    keep(chen, "3", filters={"assignee": "none", "status": "open"}, view="all")

    assert counted(session, chen) == [(2, False), (0, False), (2, False)]


def test_a_count_looks_at_the_first_of_a_view_and_says_that_there_are_more(
    chen, keep, session, now, monkeypatch
):
    add_tickets(session, now, [("open", minute, 1) for minute in range(6)])
    keep(chen, "1", filters={"channel": "web"})
    monkeypatch.setattr(queue, "LOOKED_AT", 4)

    assert counted(session, chen) == [(4, True)]


def test_all_counts_are_one_question(chen, keep, session):
    for number in range(5):
        keep(chen, str(number))
    rows = saved_views.listing(session, chen)
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    saved_views.counts(session, chen, rows)
    event.remove(db.engine, "before_cursor_execute", note)

    assert len(asked) == 1


def test_where_nothing_is_kept_nothing_is_asked(chen, session):
    assert saved_views.counts(session, chen, []) == {}
