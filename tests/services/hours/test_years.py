"""From 1 October the administrators hear every day that next year's days off are missing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Notification, ServiceCalendar
from helpdesk.services.hours import calendar_changes, calendar_list, calendars, years
from helpdesk.services.operations import housekeeping
from tests.services.people import agent

OCTOBER = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)
"""1 October 2026, 00:00 in Shanghai."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def told(session, now):
    """Return what the one administrator has been told, beside an agent who is told nothing."""
    boss = agent(session, now, "admin@miec.example.cn", role="admin")
    agent(session, now)

    def notes():
        session.rollback()
        rows = session.execute(
            select(Notification.agent_id, Notification.text).where(Notification.kind == "calendar")
        )
        assert {row.agent_id for row in rows.all()} <= {boss.agent_id}
        return session.scalars(
            select(Notification.text).where(Notification.kind == "calendar")
        ).all()

    return notes


def enter(session, year, now):
    with transaction():
        change = calendar_changes.mark(year, official=True, source="hand")
        calendar_changes.make(session, calendars.default_calendar(session), change, now=now)


def test_it_begins_with_the_first_of_october_where_the_desk_is(told):
    housekeeping.run(now=OCTOBER - timedelta(seconds=1))
    assert told() == []

    housekeeping.run(now=OCTOBER)
    assert told() == ["2027"]


def test_it_is_told_once_a_local_day_however_often_the_worker_looks(told):
    for hour in range(48):
        housekeeping.run(now=OCTOBER + hour * HOUR)

    assert told() == ["2027", "2027"]


def test_it_ends_when_the_days_are_official(told, session):
    housekeeping.run(now=OCTOBER)
    enter(session, 2027, OCTOBER)
    housekeeping.run(now=OCTOBER + DAY)

    assert told() == ["2027"]


def test_provisional_days_are_still_asked_for(told, session):
    with transaction():
        change = calendar_changes.mark(2027, official=False, source="hand")
        calendar_changes.make(session, calendars.default_calendar(session), change, now=OCTOBER)
    housekeeping.run(now=OCTOBER)

    assert told() == ["2027"]


def test_a_new_year_that_began_without_its_days_is_asked_for_all_the_year(told):
    housekeeping.run(now=datetime(2027, 3, 1, 2, 0, tzinfo=UTC))

    assert told() == ["2027"]


def test_every_calendar_must_have_its_days(session):
    with transaction():
        session.add(ServiceCalendar(name="Urumqi", tz="Asia/Urumqi"))
    enter(session, 2027, OCTOBER)

    # in Urumqi it is still September, and not even this year's days are entered
    assert years.missing(session, now=OCTOBER) == [2026]
    assert years.missing(session, now=OCTOBER + 3 * HOUR) == [2026, 2027]


def test_each_calendar_that_lacks_a_year_is_told_of_once_a_day(told, session):
    with transaction():
        default = calendars.default_calendar(session)
        calendar_list.add(session, name="西部", tz="Asia/Urumqi", copy_of=default, now=OCTOBER)
    for hour in range(2, 8):
        housekeeping.run(now=OCTOBER + hour * HOUR)

    assert sorted(told()) == ["2027", "2027 · 西部"]
