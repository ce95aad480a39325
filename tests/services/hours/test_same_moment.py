"""Two who change calendars at the same moment, or one while a ticket comes in."""

from datetime import date
from threading import Thread

import pytest
from sqlalchemy import select

from channels.message import Handle
from helpdesk.extensions import db, transaction
from helpdesk.models import ServiceCalendar, Target
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import tickets
from helpdesk.services.hours import calendar_changes, calendar_choices, calendars
from helpdesk.services.identity import people
from helpdesk.services.operations import housekeeping
from helpdesk.services.promises.verification import verify_targets
from tests.services.hours.calendar_help import always  # noqa: F401 - a fixture
from tests.web.pages import at


@pytest.fixture
def crossing(app, session):
    """Return what lets ``second`` act when ``first`` has acted, and before that is committed."""

    def cross(first, second):
        session.rollback()

        def meanwhile():
            with app.app_context():
                try:
                    with transaction() as work:
                        second(work)
                finally:
                    db.session.remove()

        other = Thread(target=meanwhile)
        with transaction() as work:
            first(work)
            work.flush()
            other.start()
            other.join(0.5)  # longer than it takes, unless it waits for the first one
        other.join(10)

    return cross


def taking(session, day, now):
    """Take a day off."""
    off = calendar_changes.days(day, day, kind="holiday")
    calendar_changes.make(session, calendars.default_calendar(session), off, now=now)


def test_of_two_who_edit_a_calendar_neither_forgets_what_the_other_did(session, now, crossing):
    days = [date(2026, 11, 24), date(2026, 11, 25)]

    crossing(lambda work: taking(work, days[0], now), lambda work: taking(work, days[1], now))

    assert {*days} <= calendars.default(session).spec.closed


def test_of_two_who_choose_for_regions_neither_forgets_what_the_other_chose(
    session,
    now,
    crossing,
    always,  # noqa: F811
):
    def choosing(work, region):
        calendar_choices.make(work, calendar_choices.regions({region: always}), now=now)

    crossing(lambda work: choosing(work, "四川"), lambda work: choosing(work, "云南"))

    assert session.get_one(ServiceCalendar, always).regions == ["云南", "四川"]


def test_a_ticket_that_comes_in_while_days_off_are_entered_follows_within_the_hour(
    session, now, crossing
):
    """BEHAVIOURS 12."""

    def comes_in(work):
        li = people.person_for(work, Handle("email", "li@x.cn", ""), now=now)
        tickets.open_ticket(
            work,
            subject="?",
            channel="web",
            requester=li,
            started_at=now,
            now=now,
            by=SYSTEM,
        )

    crossing(comes_in, lambda work: taking(work, date(2026, 11, 24), now))
    housekeeping.run(now=at("23 11:00"))

    [target] = session.scalars(select(Target)).all()
    assert target.due_at == at("25 10:00")
    assert list(verify_targets()) == []
