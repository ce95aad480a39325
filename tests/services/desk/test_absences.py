"""Being away: said by oneself or a manager, over by itself, and in the log each time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Event, Notification, Outbox, Target, Ticket
from helpdesk.services.desk import absences, tickets
from helpdesk.services.promises import enforcement, forecast, policies
from helpdesk.services.promises.verification import verify_targets
from sla.escalation import Action
from sla.policy import Promise
from tests.services.mails import arrive, mail
from tests.services.people import agent, contact, record_of

HOUR = timedelta(hours=1)


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def boss(session, now):
    return agent(session, now, "boss@miec.example.cn", role="manager", name="张主任")


def leave(session, viewer, whom, *, until=None, now):
    with transaction():
        absences.leave(session, viewer, record_of(session, whom), until=until, now=now)


def come_back(session, viewer, whom, *, now):
    with transaction():
        absences.come_back(session, viewer, record_of(session, whom), now=now)


def log(session):
    session.rollback()
    rows = session.scalars(select(Event).where(Event.kind.startswith("agent.")).order_by(Event.id))
    return [(row.kind, row.at, row.by) for row in rows]


def test_each_change_is_in_the_log_with_whoever_made_it(session, chen, boss, now):
    leave(session, chen, chen, now=now)
    leave(session, boss, chen, until=now + HOUR, now=now)
    come_back(session, boss, chen, now=now + HOUR / 2)

    assert log(session) == [
        ("agent.away", now, "陈静"),
        ("agent.away", now, "张主任"),
        ("agent.back", now + HOUR / 2, "张主任"),
    ]
    [until] = session.scalars(
        select(Event.data).where(Event.kind == "agent.away").order_by(Event.id).offset(1)
    )
    assert until == {
        "agent": chen.agent_id,
        "name": "陈静",
        "until": (now + HOUR).isoformat(),
    }


def test_what_changes_nothing_is_no_event(session, chen, now):
    come_back(session, chen, chen, now=now)
    leave(session, chen, chen, until=now + HOUR, now=now)
    leave(session, chen, chen, until=now + HOUR, now=now)

    assert len(log(session)) == 1


def test_who_said_until_when_is_back_at_that_instant_without_a_worker(session, chen, now):
    leave(session, chen, chen, until=now + HOUR, now=now)

    there = record_of(session, chen)
    assert there.is_away(now + HOUR - timedelta(microseconds=1))
    assert not there.is_away(now + HOUR)
    back = select(Agent.id).where(absences.here(now + HOUR))
    assert session.scalars(back).all() == [chen.agent_id]


def test_a_worker_notes_the_return_once_and_dates_it_to_its_instant(session, chen, now):
    leave(session, chen, chen, until=now + HOUR, now=now)

    assert absences.note_returns(now + HOUR - timedelta(seconds=1)) == 0
    assert absences.note_returns(now + 2 * HOUR) == 1
    assert absences.note_returns(now + 3 * HOUR) == 0

    assert log(session)[1:] == [("agent.back", now + HOUR, "system")]
    assert not record_of(session, chen).away


def test_who_leaves_again_before_the_worker_looked_was_back_meanwhile(session, chen, now):
    leave(session, chen, chen, until=now + HOUR, now=now)
    leave(session, chen, chen, now=now + 2 * HOUR)

    assert [row[:2] for row in log(session)] == [
        ("agent.away", now),
        ("agent.back", now + HOUR),
        ("agent.away", now + 2 * HOUR),
    ]
    assert record_of(session, chen).is_away(now + 99 * HOUR)


def test_only_oneself_and_managers_say_that_somebody_is_away(session, chen, boss, now):
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    wang = contact(session, now, "wang@cd01.example.cn", "CD01")

    for viewer in (wu, wang):
        with pytest.raises(Forbidden):
            leave(session, viewer, chen, now=now)
        with pytest.raises(Forbidden):
            come_back(session, viewer, chen, now=now)
    assert log(session) == []


@pytest.mark.parametrize("until", [timedelta(0), -HOUR, timedelta(days=400)])
def test_a_time_that_is_over_or_far_off_is_refused(session, chen, now, until):
    with pytest.raises(Refusal):
        leave(session, chen, chen, until=now + until, now=now)

    assert not record_of(session, chen).away


def test_who_no_longer_works_here_is_not_away(session, chen, boss, now):
    with transaction():
        record_of(session, chen).active = False

    with pytest.raises(Refusal):
        leave(session, boss, chen, now=now)


def test_warnings_of_an_absent_holder_go_to_who_is_there(session, chen, now):
    """BEHAVIOURS 33."""
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        ticket = session.get(Ticket, number)
        tickets.assign(session, ticket, record_of(session, chen), now=now, by=chen.actor)
    leave(session, chen, chen, until=now + timedelta(days=3), now=now)

    enforcement.enforce_due(session.scalars(select(Target.warn_at)).one())

    assert session.scalars(select(Notification.agent_id)).all() == [wu.agent_id]
    assert session.scalars(select(Outbox.recipients).where(Outbox.kind == "notice")).all() == [
        ["wu@miec.example.cn"]
    ]


def test_with_nobody_there_the_holder_is_warned(session, chen, now):
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        ticket = session.get(Ticket, number)
        tickets.assign(session, ticket, record_of(session, chen), now=now, by=chen.actor)
    leave(session, chen, chen, now=now)

    enforcement.enforce_due(session.scalars(select(Target.warn_at)).one())

    assert session.scalars(select(Notification.agent_id)).all() == [chen.agent_id]


def test_forecasts_count_whoever_is_there_at_that_moment(session, chen, now):
    leave(session, chen, chen, until=now + HOUR, now=now)

    assert forecast.on_duty(session, now=now) == []
    assert [a.id for a in forecast.on_duty(session, now=now + HOUR)] == [chen.agent_id]


def test_a_promise_gives_no_ticket_to_who_is_away_and_says_so(session, chen, now):
    """BEHAVIOURS 33."""
    given = Action("breach", "assign", "chen@miec.example.cn")
    promises = (Promise("first_reply", minutes=60, actions=(given,)),)
    with transaction():
        draft = policies.Draft("default", {}, promises)
        policies.save(session, policies.default(session), draft, by="boss", now=now)
    number = arrive(session, mail(date=now), now=now).ticket
    leave(session, chen, chen, now=now)

    enforcement.enforce_due(now + timedelta(days=2))

    session.rollback()
    assert session.get_one(Ticket, number).assignee_id is None
    [said] = session.scalars(select(Event.data).where(Event.kind == "promise.escalated"))
    assert said["refused"] == "陈静 is away."
    assert list(verify_targets()) == []
