"""The queue: what breaks first on top, pages without gaps or repeats, counts that stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import NO_PROMISE, Person, Target, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import queue, replies
from helpdesk.services.promises import enforcement
from tests.services.mails import arrive, mail
from tests.services.people import agent, record_of

STAFF = Viewer(0, "admin", "operator", "", agent_id=0)
MINUTE = timedelta(minutes=1)
ACTIVE_VIEWS = ("first_reply", "open", "unassigned", "waiting", "resolved", "all")


def add_tickets(session, now, rows) -> None:
    """Add tickets straight into the table: (status, minutes until due or None, minutes ago)."""
    with transaction():
        session.execute(delete(Ticket))
        person = Person(name="李建国", created_at=now)
        session.add(person)
        session.flush()
        session.add_all(
            Ticket(
                subject="x",
                status=status,
                channel="web",
                requester_id=person.id,
                started_at=now,
                created_at=now,
                updated_at=now - ago * MINUTE,
                queue_at=NO_PROMISE if due is None else now + due * MINUTE,
            )
            for status, due, ago in rows
        )


def walk(session, view, *, limit, viewer=STAFF, **filters) -> list[Ticket]:
    """Turn all pages of a view."""
    found, after = [], None
    while True:
        page = queue.page(session, viewer, view, after=after, limit=limit, filters=filters)
        assert len(page.tickets) <= limit
        found += page.tickets
        if (after := page.after) is None:
            return found


# few values, so that many tickets share a due instant: there the number decides
rows = st.lists(
    st.tuples(
        st.sampled_from(["open", "open", "waiting", "resolved", "closed", "spam"]),
        st.one_of(st.none(), st.integers(-3, 3)),
        st.integers(0, 3),
    ),
    max_size=25,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=rows, limit=st.integers(1, 7), view=st.sampled_from(ACTIVE_VIEWS))
def test_pages_are_complete_in_order_and_without_repeats(session, now, rows, limit, view):
    """BEHAVIOURS 36."""
    add_tickets(session, now, rows)
    condition = queue.view(STAFF, view).condition
    expected = {ticket.id for ticket in session.query(Ticket).where(condition)}

    found = walk(session, view, limit=limit)

    assert {ticket.id for ticket in found} == expected
    assert len(found) == len(expected)
    if view == "resolved":
        keys = [(-ticket.updated_at.timestamp(), -ticket.id) for ticket in found]
    elif view == "all":
        keys = [(-ticket.id,) for ticket in found]
    else:
        keys = [(ticket.queue_at, ticket.id) for ticket in found]
    assert keys == sorted(keys)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=rows, limit=st.integers(1, 6))
def test_the_way_back_shows_the_same_pages(session, now, rows, limit):
    add_tickets(session, now, rows)
    first = queue.page(session, STAFF, "open", limit=limit)
    assert first.before is None
    if first.after is None:
        return

    second = queue.page(session, STAFF, "open", after=first.after, limit=limit)
    back = queue.page(session, STAFF, "open", before=second.before, limit=limit)

    assert [t.id for t in back.tickets] == [t.id for t in first.tickets]
    assert back.before is None
    assert back.after is not None


def test_what_breaks_first_stands_first(session, now):
    later = arrive(session, mail(date=now, message_id="<b@x.example>"), now=now).ticket
    earlier_date = now - timedelta(hours=1)
    earlier = arrive(session, mail(date=earlier_date, message_id="<a@x.example>"), now=now).ticket

    assert [t.id for t in walk(session, "first_reply", limit=50)] == [earlier, later]


def test_due_shows_what_was_warned_or_broken_and_is_still_owed(session, now):
    chen = agent(session, now)
    number = arrive(session, mail(date=now), now=now).ticket
    [target] = session.get_one(Ticket, number).targets
    warn_at, risk_at, due_at = target.warn_at, target.risk_at, target.due_at

    enforcement.enforce_due(warn_at)
    assert walk(session, "due", limit=50) == []
    enforcement.enforce_due(risk_at)
    assert [t.id for t in walk(session, "due", limit=50)] == [number]
    enforcement.enforce_due(due_at + MINUTE)
    assert [t.id for t in walk(session, "due", limit=50)] == [number]
    with transaction():
        replies.reply(
            session, session.get_one(Ticket, number), chen, "抱歉", now=due_at + 2 * MINUTE
        )
    assert walk(session, "due", limit=50) == []


def test_mine_is_what_i_hold(session, now):
    chen = agent(session, now)
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        session.get_one(Ticket, number).assignee = record_of(session, chen)

    assert [t.id for t in walk(session, "mine", limit=9, viewer=chen)] == [number]
    assert walk(session, "mine", limit=9, viewer=wu) == []
    assert walk(session, "unassigned", limit=9) == []
    assert [t.id for t in walk(session, "open", limit=9, assignee=str(chen.agent_id))] == [number]
    assert walk(session, "open", limit=9, assignee="none") == []


def test_counts_stop_at_a_hundred(session, now):
    """BEHAVIOURS 36."""
    add_tickets(session, now, [("open", 5, 0)] * 130 + [("waiting", None, 0)] * 7)

    counted = queue.counts(session, STAFF)

    assert counted["open"] == counted["first_reply"] == queue.MOST_COUNTED + 1
    assert (counted["waiting"], counted["due"]) == (7, 0)


def test_no_page_counts_the_table(session, now):
    """BEHAVIOURS 36."""
    add_tickets(session, now, [("open", n, 0) for n in range(30)])
    said = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: said.append(call[2].lower()))

    queue.page(session, STAFF, "first_reply", limit=10)
    queue.counts(session, STAFF)

    assert not any("count(" in sql and "limit" not in sql for sql in said)


@pytest.mark.parametrize("token", ["x", "!!!!", "bnVsbA", "WzEsMl0", "é"])
def test_a_broken_page_link_is_refused(session, token):
    with pytest.raises(Refusal):
        queue.page(session, STAFF, "open", after=token)


@pytest.mark.parametrize("view", ["", "nothing", "current"])
def test_an_unknown_view_is_refused(session, view):
    with pytest.raises(Refusal):
        queue.page(session, STAFF, view)


@pytest.mark.parametrize("value", ["x", "-1", "1; DROP", "9" * 12])
def test_an_impossible_filter_is_refused(session, value):
    with pytest.raises(Refusal):
        queue.page(session, STAFF, "open", filters={"assignee": value})


def test_a_page_of_tickets_loads_them_in_few_queries(session, now):
    for n in range(12):
        arrive(session, mail(date=now, message_id=f"<{n}@x.example>"), now=now)
    session.rollback()
    session.expunge_all()
    said = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: said.append(call[2]))

    for ticket in queue.page(session, STAFF, "open").tickets:
        assert ticket.requester.name
        assert [t for t in ticket.targets if isinstance(t, Target)]
        assert ticket.group.name

    assert len(said) <= 3
