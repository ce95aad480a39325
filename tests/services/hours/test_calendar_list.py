"""The list of calendars: added, renamed, used, removed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Group, ServiceCalendar
from helpdesk.services.hours import (
    calendar_changes,
    calendar_choices,
    calendar_list,
    calendar_preview,
    calendars,
    years,
)
from helpdesk.services.promises import policies
from tests.services.hours.calendar_help import always, group_of_all, make, ticket
from tests.services.judged import everything

__all__ = ["always"]

HOUR = timedelta(hours=1)


def test_a_copy_has_the_hours_and_dated_days_and_changes_alone(session, now, always):
    default, made = (calendar_list.calendar(session, number) for number in (None, always))

    def dated(row):
        return {(e.date, e.kind, e.name) for e in row.exceptions}

    assert dated(made) == dated(default)
    assert {y.year for y in made.years} == {y.year for y in default.years}
    day = date(2026, 11, 24)
    with transaction():
        change = calendar_changes.days(day, day, kind="holiday")
        calendar_changes.make(session, made, change, now=now)
    assert dated(made) - dated(default) == {(day, "holiday", "")}


def used_by(session, now, always, what):
    if what == "group":
        make(session, group_of_all(session, always), now)
    elif what == "region":
        make(session, calendar_choices.regions({"四川": always}), now)
    elif what == "policy":
        draft = policies.Draft("全天", {"priority": ("urgent",)}, policies.DEFAULT_PROMISES, always)
        with transaction():
            policies.save(session, None, draft, by="x", now=now)
    else:
        make(session, group_of_all(session, always), now)
        number = ticket(session, now)
        with transaction():  # only the deadline is left
            session.scalars(select(Group).where(Group.is_default)).one().calendar_id = None
        assert number


@pytest.mark.parametrize("what", ["group", "region", "policy", "deadline"])
def test_a_calendar_in_use_is_not_removed(session, now, always, what):
    used_by(session, now, always, what)
    before = everything(session)

    with pytest.raises(Refusal) as refused, transaction():
        calendar_list.remove(session, calendar_list.calendar(session, always))

    assert refused.value.code == "in_use"
    assert everything(session) == before
    assert calendar_list.uses(session, session.get_one(ServiceCalendar, always)).any


def test_the_default_calendar_stays(session):
    with pytest.raises(Refusal) as refused, transaction():
        calendar_list.remove(session, calendars.default_calendar(session))

    assert refused.value.code == "is_default"


def test_a_removed_calendar_serves_nobody_and_frees_its_name(session, now, always):
    with transaction():
        calendar_list.remove(session, calendar_list.calendar(session, always))

    assert [row.is_default for row in calendar_list.listing(session)] == [True]
    for find in (
        lambda: calendar_list.calendar(session, always),
        lambda: calendar_list.named(session, "全天"),
    ):
        with pytest.raises(NotFound):
            find()
    assert {row.id for row, _ in years.gaps(session, now=now)} == {
        calendars.default_calendar(session).id
    }
    with transaction():
        default = calendars.default_calendar(session)
        calendar_list.add(session, name="全天", tz="Asia/Urumqi", copy_of=default, now=now)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "DEFAULT"}, "name"),
        ({"tz": "Asia"}, "tz"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"tz": "../../etc/passwd"}, "tz"),
    ],
)
def test_a_calendar_without_a_name_of_its_own_or_a_zone_is_refused(session, now, change, field):
    default = calendars.default_calendar(session)
    wanted = {"name": "西部", "tz": "Asia/Urumqi", "copy_of": default, "now": now} | change

    with pytest.raises(Refusal) as refused, transaction():
        calendar_list.add(session, **wanted)

    assert refused.value.field == field
    assert len(calendar_list.listing(session)) == 1


def test_another_time_zone_moves_deadlines_and_a_new_name_none(session, now):
    number = ticket(session, now - 3 * HOUR)
    calendar = calendars.default_calendar(session)
    week = dict.fromkeys(range(5), ((540, 720), (810, 1080)))

    def change(**named):
        return calendar_changes.hours(week, makeup_days_open=True, **named)

    shown = calendar_preview.preview(calendar.id, change(name="总部", tz="Asia/Shanghai"), now=now)
    assert shown.count == 0
    shown = calendar_preview.preview(calendar.id, change(name="总部", tz="Asia/Tokyo"), now=now)
    assert [move.ticket_id for move, _ in shown.rows] == [number]
