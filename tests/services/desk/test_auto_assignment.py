"""Groups that assign their tickets by themselves: to whom, how often, and what the log says of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Event, Group, Notification, Ticket
from helpdesk.services import access
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import absences, auto_assignment, bulk, properties, tickets
from helpdesk.services.desk.auto_assignment import assign_due
from helpdesk.services.identity import staff
from helpdesk.services.promises.verification import verify_targets
from tests.services.mails import arrive, mail, mailbox
from tests.services.people import agent, record_of

HOUR = timedelta(hours=1)
FROM_LIST = {"Precedence": "list"}


@pytest.fixture
def people(session, now):
    """Return three members of the default group."""
    names = {"chen": "陈静", "wu": "吴昊", "lin": "林晓"}
    return [
        agent(session, now, f"{mail_name}@miec.example.cn", name=name)
        for mail_name, name in names.items()
    ]


@pytest.fixture
def arrives(session, now):
    """Return a way to let so many mails arrive in the default group."""
    count = iter(range(1000))

    def bring(many=1):
        return [
            arrive(
                session,
                mail(date=now, message_id=f"<{next(count)}@cdxx.example.cn>", **FROM_LIST),
                now=now,
            ).ticket
            for _ in range(many)
        ]

    return bring


def auto_assign(session, way="turns", limit=None):
    with transaction():
        session.execute(
            update(Group).where(Group.is_default).values(auto_assign=way, most_open=limit)
        )


def holders(session, numbers):
    session.rollback()
    found = {t.id: t for t in session.scalars(select(Ticket).where(Ticket.id.in_(numbers)))}
    return [found[n].assignee.name if found[n].assignee else None for n in numbers]


def goes(session, viewer, *, until=None, now):
    with transaction():
        absences.leave(session, viewer, record_of(session, viewer), until=until, now=now)


def assignments(session):
    session.rollback()
    return session.scalars(
        select(Event).where(Event.kind == "ticket.assignee").order_by(Event.id)
    ).all()


def test_a_group_assigns_nothing_unless_somebody_says_so(session, now, people, arrives):
    numbers = arrives(2)

    assert assign_due(now) == 0
    assert holders(session, numbers) == [None, None]


def test_by_turns_everybody_gets_the_next_in_turn(session, now, people, arrives):
    """BEHAVIOURS 33."""
    auto_assign(session)
    first, more = arrives(2), []
    assign_due(now)
    more = arrives(2)
    assign_due(now)

    assert holders(session, first + more) == ["陈静", "吴昊", "林晓", "陈静"]


def test_the_most_urgent_is_assigned_first(session, now, people, arrives):
    auto_assign(session, limit=1)
    numbers = arrives(4)
    with transaction():
        last = session.get_one(Ticket, numbers[-1])
        last.queue_at = now

    assert assign_due(now) == 3
    assert holders(session, numbers) == ["吴昊", "林晓", None, "陈静"]


def test_by_load_whoever_has_the_fewest_open_gets_it(session, now, people, arrives):
    chen, wu, _ = people
    numbers = arrives(3)
    with transaction():
        for number, viewer in zip(numbers, (chen, chen, wu), strict=True):
            ticket = session.get_one(Ticket, number)
            tickets.assign(session, ticket, record_of(session, viewer), now=now, by=SYSTEM)
    auto_assign(session, "load")

    more = arrives(2)
    assign_due(now)

    assert holders(session, more) == ["林晓", "吴昊"]


def test_settled_and_waiting_tickets_are_no_load(session, now, people, arrives):
    auto_assign(session, "load", limit=1)
    numbers = arrives(3)
    assign_due(now)
    with transaction():
        for number, status in zip(numbers[:2], ("resolved", "waiting"), strict=True):
            ticket = session.get_one(Ticket, number)
            tickets.set_status(session, ticket, status, now=now, by=SYSTEM)

    more = arrives(3)

    assert assign_due(now) == 2
    assert sorted(map(str, holders(session, more))) == ["None", "吴昊", "陈静"]


def test_who_is_away_gets_nothing_until_they_are_back(session, now, people, arrives):
    """BEHAVIOURS 33."""
    chen, wu, lin = people
    goes(session, chen, now=now)
    goes(session, wu, until=now + HOUR, now=now)
    auto_assign(session)

    early = arrives(2)
    assign_due(now)
    late = arrives(1)
    assign_due(now + HOUR)

    assert holders(session, early + late) == ["林晓", "林晓", "吴昊"]
    assert lin.name == "林晓"


def test_what_comes_while_nobody_is_there_waits_for_the_first_who_is(session, now, people, arrives):
    """BEHAVIOURS 33."""
    for viewer in people:
        goes(session, viewer, now=now)
    auto_assign(session)
    numbers = arrives(2)

    assert assign_due(now) == 0
    with transaction():
        wu = people[1]
        absences.come_back(session, wu, record_of(session, wu), now=now + HOUR)

    assert assign_due(now + HOUR) == 2
    assert holders(session, numbers) == ["吴昊", "吴昊"]


def test_nobody_gets_more_than_the_group_allows(session, now, people, arrives):
    """BEHAVIOURS 33."""
    auto_assign(session, limit=2)
    numbers = arrives(8)

    assert assign_due(now) == 6
    assert Counter(holders(session, numbers)) == {"陈静": 2, "吴昊": 2, "林晓": 2, None: 2}
    with transaction():
        done = session.get_one(Ticket, numbers[0])
        tickets.set_status(session, done, "resolved", now=now, by=SYSTEM)

    assert assign_due(now) == 1


def test_many_are_assigned_in_batches_and_evenly(session, now, people, arrives, monkeypatch):
    monkeypatch.setattr(auto_assignment, "BATCH", 4)
    auto_assign(session)
    numbers = arrives(11)

    assert assign_due(now) == 11
    assert sorted(Counter(holders(session, numbers)).values()) == [3, 4, 4]


def test_the_log_says_to_whom_how_and_by_which_group(session, now, people, arrives):
    auto_assign(session)
    [number] = arrives()
    assign_due(now)

    [event] = assignments(session)
    assert (event.ticket_id, event.at, event.by) == (number, now, "system")
    group = session.scalars(select(Group.name).where(Group.is_default)).one()
    assert event.data == {"from": None, "to": "陈静", "auto_assigned": "turns", "group": group}
    assert list(verify_targets()) == []


def test_whoever_gets_one_is_told_as_if_somebody_had_given_it(session, now, people, arrives):
    auto_assign(session)
    [number] = arrives()
    assign_due(now)

    [told] = session.scalars(select(Notification)).all()
    assert (told.agent_id, told.kind, told.ticket_id) == (people[0].agent_id, "assigned", number)


def test_what_somebody_has_settled_or_holds_is_left_alone(session, now, people, arrives):
    numbers = arrives(4)
    chen = record_of(session, people[0])
    with transaction():
        tickets.assign(session, session.get_one(Ticket, numbers[0]), chen, now=now, by=SYSTEM)
        for number, status in zip(numbers[1:], ("waiting", "resolved", "spam"), strict=True):
            ticket = session.get_one(Ticket, number)
            tickets.set_status(session, ticket, status, now=now, by=SYSTEM)
    auto_assign(session)

    assert assign_due(now) == 0
    assert holders(session, numbers) == ["陈静", None, None, None]


def test_a_ticket_that_is_moved_to_the_group_is_assigned_there(session, now, people, arrives):
    [number] = arrives()
    with transaction():
        wu = record_of(session, people[1])
        second = staff.save_group(
            session,
            None,
            name="二线",
            members=[wu.id],
            is_default=False,
            auto_assign="load",
            by="test",
            now=now,
        ).id
    assert assign_due(now) == 0

    with transaction():
        ticket = session.get_one(Ticket, number)
        properties.change(session, ticket, people[0], {"group": str(second)}, now=now)

    assert assign_due(now) == 1
    assert holders(session, [number]) == ["吴昊"]


def test_a_ticket_that_somebody_gives_back_is_assigned_again(session, now, people, arrives):
    auto_assign(session)
    [number] = arrives()
    assign_due(now)
    with transaction():
        bulk.change(session, people[0], [number], assignee="none", now=now)

    assert assign_due(now + HOUR) == 1
    assert holders(session, [number]) == ["吴昊"]


def test_only_members_who_work_here_are_given_anything(session, now, people, arrives):
    with transaction():
        record_of(session, people[0]).active = False
        record_of(session, people[1]).groups = []
    auto_assign(session)
    numbers = arrives(2)
    assign_due(now)

    assert holders(session, numbers) == ["林晓", "林晓"]


def test_nobody_is_given_what_they_may_not_see(session, now, people, arrives, monkeypatch):
    numbers = arrives(2)
    hidden = numbers[0]
    monkeypatch.setattr(access, "sees_every_ticket", lambda viewer: viewer.name == "林晓")
    monkeypatch.setattr(access, "visible_tickets", lambda _viewer: Ticket.id != hidden)
    auto_assign(session)
    assign_due(now)

    assert holders(session, numbers) == ["林晓", "陈静"]


def test_a_failure_in_the_middle_assigns_nothing(session, now, people, arrives, monkeypatch):
    auto_assign(session)
    numbers = arrives(2)

    with monkeypatch.context() as broken:
        broken.setattr(auto_assignment.notices, "auto_assigned", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            assign_due(now)

    assert holders(session, numbers) == [None, None]
    assert assignments(session) == []


@pytest.mark.parametrize("change", [{"auto_assign": "lottery"}, {"most_open": 0}])
def test_a_way_that_is_not_offered_is_refused(session, now, people, change):
    with pytest.raises(Refusal), transaction():
        staff.save_group(
            session, None, name="二线", members=[], is_default=False, by="test", now=now, **change
        )


def another_worker_assigns(app, now):
    with app.app_context():
        try:
            return assign_due(now)
        finally:
            db.session.remove()


def test_several_workers_at_once_give_each_ticket_to_one(app, session, now, people, arrives):
    """BEHAVIOURS 33."""
    auto_assign(session)
    numbers = arrives(30)
    session.rollback()

    with ThreadPoolExecutor(3) as workers:
        given = sum(workers.map(lambda _: another_worker_assigns(app, now), range(3)))
    given += assign_due(now)

    assert given == 30
    assert sorted(event.ticket_id for event in assignments(session)) == sorted(numbers)
    assert Counter(holders(session, numbers)) == {"陈静": 10, "吴昊": 10, "林晓": 10}


def test_of_a_worker_and_an_agent_who_takes_it_at_once_the_log_knows_who_has_it(
    app, session, now, people, arrives
):
    """BEHAVIOURS 33."""
    auto_assign(session)
    numbers = arrives(20)
    taker = people[2]
    session.rollback()

    def take(number):
        with app.app_context():
            try:
                with transaction() as mine:
                    ticket = access.ticket_for(mine, taker, number)
                    chosen = {"assignee": str(taker.agent_id)}
                    properties.change(mine, ticket, taker, chosen, now=now)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(3) as both:
        works = both.map(lambda _: another_worker_assigns(app, now), range(2))
        takes = list(both.map(take, numbers[::-1]))
        assert len(takes) == 20
        assert sum(works) <= 20

    assert set(holders(session, numbers)) == {taker.name}
    by_ticket = dict.fromkeys(numbers)
    for event in assignments(session):
        assert event.data["from"] == by_ticket[event.ticket_id], (
            "two who did not know of each other"
        )
        by_ticket[event.ticket_id] = event.data["to"]
    assert set(by_ticket.values()) == {taker.name}


def test_an_import_is_assigned_by_the_worker_alone(session, now, people):
    """BEHAVIOURS 33."""
    auto_assign(session)
    number = arrive(session, mail(date=now), now=now, account=mailbox(session, now=now)).ticket

    assert holders(session, [number]) == [None]
    assert assign_due(now) == 1


def test_what_waits_is_found_by_its_own_index(session, now, people, arrives):
    """A busy group's round looks at what waits, not at all that is open."""
    group = session.scalars(select(Group).where(Group.is_default)).one()
    asked = session.get_one(Ticket, arrives()[0])
    at_work = {"channel": "email", "requester_id": asked.requester_id, "group_id": group.id}
    with transaction():
        session.add_all(
            Ticket(
                subject=f"有人处理的第 {n} 件",
                assignee_id=people[0].agent_id,
                started_at=now,
                created_at=now,
                updated_at=now,
                **at_work,
            )
            for n in range(600)
        )
    sqlite = session.get_bind().dialect.name == "sqlite"
    if not sqlite:  # which index is best depends on what is known of the rows
        session.execute(text("ANALYZE ticket"))
    waiting = select(Ticket.id).where(auto_assignment._waiting(group)).order_by(Ticket.queue_at)

    compiled = waiting.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = session.execute(text(f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {compiled}"))

    assert "ix_ticket_unassigned" in str(plan.all())
