"""What a change of the calendar would move is told exactly, and telling leaves no trace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Base, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendar_changes, calendar_preview, calendars
from helpdesk.services.hours.holiday_rows import Year
from helpdesk.services.promises import previews
from sla import clock as actions
from sla.calendar import Calendar, CalendarSpec
from sla.china import DEFAULT_HOURS
from sla.policy import Promise
from tests.services.mails import arrive, mail
from tests.services.people import agent

AFTERNOONS = dict.fromkeys(DEFAULT_HOURS, ((810, 1080),))
SATURDAY, TUESDAY = date(2026, 11, 21), date(2026, 11, 24)
OFF = calendar_changes.days(TUESDAY, TUESDAY, kind="holiday", name="停电")


def ticket(session, at, name="q1"):
    outcome = arrive(session, mail(date=at, message_id=f"<{name}@x.example>"), now=at)
    return session.get_one(Ticket, outcome.ticket)


def previewed(session, change, now):
    return calendar_preview.preview(calendars.default_calendar(session).id, change, now=now)


def due(session):
    session.rollback()
    rows = session.execute(select(Target.ticket_id, Target.due_at, Target.state))
    return {row.ticket_id: (row.due_at, row.state) for row in rows}


def everything(session):
    """Return every row of every table."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


def test_a_day_off_moves_what_falls_due_behind_it(session, now):
    asked = ticket(session, now)

    shown = previewed(session, OFF, now)

    (move, found) = shown.rows[0]
    assert (shown.count, shown.overdue, shown.complete) == (1, 0, True)
    assert found.id == asked.id
    assert (move.before, move.after) == (now + timedelta(days=1), now + timedelta(days=2))


@pytest.mark.parametrize(
    ("change", "overdue"),
    [
        (calendar_changes.hours(AFTERNOONS, makeup_days_open=True), 0),
        (calendar_changes.days(SATURDAY, SATURDAY, kind="opening", intervals=((540, 1080),)), 1),
        (calendar_changes.days(SATURDAY, TUESDAY, kind="holiday"), 0),
    ],
    ids=["hours", "opening", "holiday"],
)
def test_what_is_shown_is_what_is_made(session, now, change, overdue):
    chen = agent(session, now)
    for n in range(6):
        ticket(session, now - timedelta(hours=n * 15), f"q{n}")
    waiting, answered = ticket(session, now, "w"), ticket(session, now, "a")
    with transaction():
        tickets.set_status(
            session, session.get_one(Ticket, waiting.id), "waiting", now=now, by=chen.actor
        )
        replies.reply(session, session.get_one(Ticket, answered.id), chen, "好", now=now)
    before = due(session)

    shown = previewed(session, change, now)
    with transaction():
        calendar_changes.make(session, calendars.default_calendar(session), change, now=now)

    after = due(session)
    moved = {number: (before[number][0], after[number][0]) for number in before}
    moved = {number: pair for number, pair in moved.items() if pair[0] != pair[1]}
    assert {move.ticket_id: (move.before, move.after) for move, _ in shown.rows} == moved
    late = {n for n, (_, state) in after.items() if state == "breached" and before[n][0] >= now}
    assert {move.ticket_id for move, _ in shown.rows if move.overdue} == late
    assert shown.overdue == len(late) == overdue
    assert [move.overdue for move, _ in shown.rows] == sorted(
        (move.overdue for move, _ in shown.rows), reverse=True
    )


def test_a_preview_leaves_no_trace(session, now):
    ticket(session, now)
    before = everything(session)

    for change in (
        OFF,
        calendar_changes.hours(AFTERNOONS, makeup_days_open=False),
        calendar_changes.removal(date(2026, 10, 1), date(2026, 10, 7)),
        calendar_changes.published(2026),
        calendar_changes.whole_years({2026: Year({TUESDAY: "停电"}, {})}, source="2026.ics"),
    ):
        previewed(session, change, now)

    assert everything(session) == before


def test_what_cannot_be_made_cannot_be_shown_and_leaves_no_trace(session, now):
    before = everything(session)

    for change in (
        lambda: calendar_changes.hours({0: ()}, makeup_days_open=True),
        lambda: calendar_changes.hours({0: ((60, 30),)}, makeup_days_open=True),
        lambda: calendar_changes.hours({0: ((60, 120), (90, 150))}, makeup_days_open=True),
        lambda: calendar_changes.days(TUESDAY, TUESDAY, kind="opening", intervals=((9, 9),)),
        lambda: calendar_changes.removal(TUESDAY, TUESDAY),
        lambda: calendar_changes.published(2090),
    ):
        with pytest.raises(Refusal):
            previewed(session, change(), now)

    assert everything(session) == before


def test_the_list_is_short_and_the_count_is_whole(session, now, monkeypatch):
    monkeypatch.setattr(previews, "LISTED", 2)
    monkeypatch.setattr(calendar_preview, "PAGE", 2)
    for n in range(5):
        ticket(session, now, f"q{n}")

    shown = previewed(session, OFF, now)

    assert (len(shown.rows), shown.count, shown.complete) == (2, 5, True)


def test_beyond_a_bound_the_count_is_the_least_it_can_be(session, now, monkeypatch):
    monkeypatch.setattr(calendar_preview, "MOST", 4)
    monkeypatch.setattr(calendar_preview, "PAGE", 2)
    for n in range(6):
        ticket(session, now, f"q{n}")

    shown = previewed(session, OFF, now)

    assert (shown.count, shown.complete) == (4, False)


MORNING, NOON, DAY = ((540, 720),), ((540, 720), (810, 1080)), ((0, 1440),)
BEGIN = datetime(2026, 11, 19, tzinfo=UTC)
DAYS = st.dictionaries(
    st.dates(date(2026, 11, 20), date(2026, 12, 4)),
    st.sampled_from([(), MORNING, NOON, DAY]),
    max_size=4,
)


@given(
    DAYS,
    DAYS,
    st.sampled_from([NOON, MORNING]),
    st.integers(0, 15 * 24 * 60).map(lambda n: BEGIN + timedelta(minutes=n)),
    st.sampled_from(
        [
            Promise("first_reply", workdays=1),
            Promise("first_reply", workdays=2, mode="end_of_next_workday"),
            Promise("first_reply", minutes=90),
        ]
    ),
)
def test_what_is_not_looked_at_would_not_have_moved(was, is_, hours, start, promise):
    before = Calendar(CalendarSpec("Asia/Shanghai", DEFAULT_HOURS, open=was))
    after = Calendar(CalendarSpec("Asia/Shanghai", dict.fromkeys(range(5), hours), open=is_))
    clock, _ = actions.start(promise, before, start)

    if not calendar_preview._touches(before, after)(clock):
        moved, _ = actions.reschedule(clock, promise, after, start)
        assert moved.due_at == clock.due_at
