"""A second calendar for the services' tests, and how it is chosen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Group
from helpdesk.services.hours import calendar_changes, calendar_choices, calendar_list, calendars
from helpdesk.services.identity import staff
from tests.desk import NOW
from tests.services.mails import arrive, mail

ALL_DAY = dict.fromkeys(range(7), ((0, 1440),))


@pytest.fixture
def always(session, now):
    """Return the number of a second calendar, which is open day and night."""
    with transaction():
        default = calendars.default_calendar(session)
        made = calendar_list.add(session, name="全天", tz="Asia/Shanghai", copy_of=default, now=now)
        change = calendar_changes.hours(ALL_DAY, makeup_days_open=True)
        calendar_changes.make(session, made, change, now=now)
        return made.id


def ticket(session, at, name="q1", **fields):
    outcome = arrive(session, mail(date=at, message_id=f"<{name}@x.example>", **fields), now=at)
    return outcome.ticket


def group_of_all(session, calendar_id):
    """Return the choice of a calendar for the one group that there is."""
    number = session.scalars(select(Group.id).where(Group.is_default)).one()

    def choose(session):
        group = staff.group(session, number)
        staff.save_group(
            session,
            group,
            name=group.name,
            members=[],
            is_default=True,
            calendar_id=calendar_id,
            by="test",
            now=NOW,
        )

    return choose


def make(session, choice, now):
    with transaction():
        return calendar_choices.make(session, choice, now=now)
