"""What was kept, missed and answered is counted once, and no count ever falls."""

from datetime import timedelta

import pytest

from helpdesk.extensions import reading, transaction
from helpdesk.models import Ticket
from helpdesk.services.desk import replies
from helpdesk.services.hotline import call_import, call_sources
from helpdesk.services.hours import calendars
from helpdesk.services.operations import tallies
from helpdesk.services.promises import enforcement, promise_vitals, recalculation
from tests.services.hotline.test_call_import import answered, line, missed
from tests.services.mails import arrive, mail
from tests.services.people import agent

DAY = timedelta(days=1)


@pytest.fixture
def source(app, now):
    with transaction() as session:
        return call_sources.source_named(session, None, now=now).id


def take(source, lines, now):
    call_import.import_log(source, "queue_log", lines, now=now)
    return tallies.totals(now=now).calls


def ticket(session, now, name="q1"):
    outcome = arrive(session, mail(date=now, message_id=f"<{name}@x.example>"), now=now)
    return session.get_one(Ticket, outcome.ticket)


def answer(session, viewer, ticket, now):
    with transaction():
        replies.reply(session, session.get_one(Ticket, ticket.id), viewer, "好", now=now)


def test_a_promise_is_kept_or_broken_and_a_late_reply_keeps_none(session, now):
    chen = agent(session, now)
    first, second = ticket(session, now, "a"), ticket(session, now, "b")
    answer(session, chen, first, now + timedelta(hours=1))
    enforcement.enforce_due(now + 2 * DAY)
    answer(session, chen, second, now + 2 * DAY)

    found = tallies.totals(now=now + 2 * DAY)

    assert (found.kept, found.breaches) == ({"first_reply": 1}, {"first_reply": 1})


def test_further_replies_keep_no_promise_again(session, now):
    chen, asked = agent(session, now), ticket(session, now)
    for minutes in (10, 20):
        answer(session, chen, asked, now + timedelta(minutes=minutes))

    assert tallies.totals(now=now + DAY).kept["first_reply"] == 1


def test_the_month_knows_what_was_judged_and_what_is_owed(session, now):
    chen = agent(session, now)
    answer(session, chen, ticket(session, now, "a"), now + timedelta(hours=1))
    ticket(session, now, "b")
    ticket(session, now + 3 * DAY, "c")

    later = now + 3 * DAY
    seen = promise_vitals.promise_vitals(session, now=later)

    assert promise_vitals.judged_this_month(session, now=later) == (1, 1)
    assert (seen.in_time, seen.at_risk, seen.overdue) == (1, 0, 1)
    assert seen.overdue_age == timedelta(days=2).total_seconds()
    assert seen.sweep_lag > timedelta(days=1).total_seconds()
    assert seen.is_open

    enforcement.enforce_due(later)
    assert promise_vitals.promise_vitals(session, now=later).sweep_lag == 0


def test_calls_are_counted_once_however_often_their_log_is_read(source, now):
    lines = [*answered(0, 1), *missed(60, 2), *missed(-9 * 3600, 3)]

    counts = [take(source, lines, now + timedelta(minutes=9)) for _ in range(2)]

    assert counts == [{"answered": 1, "missed": 1, "outside_hours": 1}] * 2


def test_a_call_that_more_is_heard_of_keeps_its_place(source, now):
    later = now + timedelta(minutes=9)
    assert take(source, missed(0, 1), later)["missed"] == 1

    found = take(
        source, [line(31, 1, "CONNECT", 31, "x", 2), line(90, 1, "COMPLETEAGENT", 31, 59)], later
    )

    assert found["missed"] == 1


def test_a_call_that_goes_on_counts_when_it_is_over(source, now):
    begun, *rest = answered(0, 1)

    assert take(source, [begun], now) == {}
    assert take(source, rest, now + timedelta(minutes=5)) == {"answered": 1}


def test_old_calls_that_are_imported_are_no_news(source, now):
    assert take(source, [*answered(0, 1), *missed(60, 2)], now + 2 * DAY) == {}


def test_changed_hours_take_nothing_away(source, session, now):
    take(source, missed(0, 1), now + timedelta(minutes=5))
    with transaction():
        calendar = calendars.default_calendar(session)
        calendars.set_hours(calendar, {5: ((540, 600),)})
        recalculation.follow_calendar(session, calendar, now=now)

    with reading():
        assert tallies.totals(now=now + timedelta(minutes=6)).calls == {"missed": 1}
