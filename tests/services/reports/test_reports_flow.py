"""Inflow against outflow, periods, and how the channels are."""

from datetime import date, timedelta

import pytest

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount
from helpdesk.services import reports
from helpdesk.services.hours import calendars
from helpdesk.services.reports import Figure, Span, period, workdays
from tests.services.mails import arrive, mail
from tests.services.reports.conftest import SHANGHAI, at

NOW = at("11-23 10:00")


def test_what_came_and_what_was_resolved_by_day(desk):
    number = desk.ask("11-16 10:00")
    desk.ask("11-16 23:59")
    desk.answer(number, "11-17 09:00", status="resolved")

    flow = reports.flow(desk.session, desk.manager, desk.november(), now=NOW)

    by_day = {step.step.first_day.day: (step.came, step.resolved) for step in flow.steps}
    assert (by_day[16], by_day[17]) == ((2, 0), (0, 1))
    assert (flow.came, flow.resolved) == (2, 1)


def test_each_day_opens_its_tickets(desk):
    numbers = [desk.ask("11-16 10:00"), desk.ask("11-16 11:00"), desk.ask("11-17 10:00")]
    flow = reports.flow(desk.session, desk.manager, desk.november(), now=NOW)

    opened = [n for step in flow.steps for n in desk.behind(step.figure("came"), NOW)]

    assert sorted(opened) == numbers


def test_spam_did_not_come_and_what_was_reopened_is_not_resolved(desk):
    desk.set_status(desk.ask("11-16 10:00"), "spam", "11-16 11:00")
    number = desk.ask("11-16 10:00", answered="11-16 11:00")
    desk.set_status(number, "resolved", "11-16 11:00")
    desk.set_status(number, "open", "11-17 11:00")

    flow = reports.flow(desk.session, desk.manager, desk.november(), now=NOW)

    assert (flow.came, flow.resolved) == (1, 0)


def test_periods_begin_and_end_on_local_days(session):
    calendar = calendars.default(session)
    monday_0030 = at("11-23 00:30")  # still Sunday in London

    spans = {name: period(name, calendar, monday_0030) for name in reports.PERIODS}

    assert (spans["today"].first, spans["today"].last) == (date(2026, 11, 23),) * 2
    assert (spans["week"].first, spans["week"].last) == (date(2026, 11, 23), date(2026, 11, 29))
    assert spans["month"] == period("2026-11", calendar, monday_0030)
    assert spans["year"].before() == Span(date(2025, 1, 1), date(2025, 12, 31), SHANGHAI)
    assert spans["week"].before().first == date(2026, 11, 16)


@pytest.mark.parametrize("name", ["", "tomorrow", "2026-13", "2026-1", "0000-01"])
def test_an_unknown_period_is_refused(session, name):
    with pytest.raises(Refusal):
        period(name, calendars.default(session), NOW)


def test_a_year_is_told_by_months(session):
    span = period("year", calendars.default(session), NOW)

    assert [step.first_day.month for step in span.steps()] == list(range(1, 13))
    assert span.steps()[-1].end == span.end


def test_workdays_leave_out_holidays_and_count_makeup_days(session):
    calendar = calendars.default(session)

    assert workdays(calendar, period("2026-11", calendar, NOW), NOW) == (16, 21)
    assert workdays(calendar, period("2026-10", calendar, NOW), NOW) == (18, 18)


def test_a_channel_shows_what_waits_and_what_is_in_quarantine(desk):
    arrive(desk.session, mail(date=NOW), now=NOW)
    arrive(desk.session, b"no mail at all", now=NOW)

    rows = reports.channel_health(desk.session, desk.manager, now=NOW + timedelta(minutes=2))

    [mailbox] = [row for row in rows if row.account.channel == "email"]
    assert (mailbox.pending, mailbox.quarantined, mailbox.lag) == (0, 1, None)


def test_retired_channels_come_last(desk):
    with transaction() as session:
        session.add(
            ChannelAccount(
                channel="email", name="old", state="retired", settings={}, created_at=NOW
            )
        )

    rows = reports.channel_health(desk.session, desk.manager, now=NOW)

    assert [row.account.name for row in rows] == ["visits", "website", "old"]


@pytest.mark.parametrize(
    "figure",
    [Figure("open"), Figure("kept", at("11-01 00:00"), at("12-01 00:00")), Figure("owed", agent=7)],
)
def test_a_figure_survives_its_address(figure):
    assert Figure.from_query(figure.to_query()) == figure


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"figure": "secret"},
        {"figure": "kept"},
        {"figure": "kept", "from": "yesterday", "to": "today"},
        {"figure": "open", "agent": "7 OR 1=1"},
    ],
)
def test_an_address_that_names_no_figure_is_refused(query):
    with pytest.raises(Refusal):
        Figure.from_query(query)
