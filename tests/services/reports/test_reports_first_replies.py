"""First replies over a month: each promise judged once, and every figure opens its tickets."""

from datetime import date

import pytest

from helpdesk.errors import Forbidden, Refusal
from helpdesk.services import reports
from helpdesk.services.promises import enforcement
from helpdesk.services.reports import Figure
from tests.services.reports.conftest import at

NOW = at("11-23 10:00")


def _judge(desk, now=NOW):
    enforcement.enforce_due(now)
    return reports.first_replies(desk.session, desk.manager, desk.november(), now=now)


def test_a_reply_in_time_is_kept_and_one_too_late_is_missed(desk):
    desk.ask("11-16 10:00", answered="11-16 11:00")
    desk.ask("11-17 10:00", answered="11-18 10:00")  # at the due instant
    desk.ask("11-18 10:00", answered="11-19 10:01")

    found = _judge(desk)

    assert (found.kept, found.missed, found.judged) == (2, 1, 3)
    assert found.rate == pytest.approx(2 / 3)


def test_what_still_runs_is_not_judged(desk):
    desk.ask("11-23 09:30")

    found = _judge(desk)

    assert found.judged == 0
    assert found.rate is None


def test_an_unanswered_question_is_missed_from_its_deadline_on(desk):
    number = desk.ask("11-19 10:00")

    assert _judge(desk, at("11-20 10:00")).missed == 0
    assert _judge(desk, at("11-20 10:01")).missed == 1
    assert desk.behind(Figure("missed", *_november(desk)), NOW) == [number]


def test_a_breach_that_no_worker_has_recorded_yet_counts_already(desk):
    desk.ask("11-19 10:00")

    found = reports.first_replies(desk.session, desk.manager, desk.november(), now=NOW)

    assert found.missed == 1


def test_a_promise_broken_in_one_month_and_answered_in_the_next_counts_once(desk):
    desk.ask("10-29 10:00", answered="11-02 10:00")  # was due on 10-30

    november = _judge(desk)
    october = reports.first_replies(desk.session, desk.manager, desk.november().before(), now=NOW)

    assert (october.missed, october.replied) == (1, 0)
    assert (november.judged, november.replied) == (0, 1)


def test_a_promise_kept_across_midnight_of_the_month_counts_where_the_reply_was_given(desk):
    desk.ask("10-30 17:00", answered="11-02 09:00")

    assert (_judge(desk).kept, _judge(desk).missed) == (1, 0)


def test_spam_is_not_judged(desk):
    desk.set_status(desk.ask("11-19 10:00"), "spam", "11-19 11:00")

    assert _judge(desk).judged == 0


def test_months_begin_at_local_midnight(desk):
    span = desk.november()

    assert (span.first, span.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert (span.start, span.end) == (at("11-01 00:00"), at("12-01 00:00"))
    assert span.before().first == date(2026, 10, 1)
    assert len(span.steps()) == 30


def test_days_show_when_promises_were_judged(desk):
    desk.ask("11-16 10:00", answered="11-16 11:00")
    desk.ask("11-16 17:59", answered="11-17 09:00")
    desk.ask("11-18 10:00")

    found = _judge(desk)

    by_day = {step.step.first_day.day: (step.kept, step.missed) for step in found.steps}
    assert (by_day[16], by_day[17], by_day[19]) == ((1, 0), (1, 0), (0, 1))
    assert sum(kept + missed for kept, missed in by_day.values()) == found.judged


def test_speed_is_told_in_service_minutes(desk):
    for asked, answered in (
        ("11-16 10:00", "11-16 10:10"),
        ("11-16 11:30", "11-16 14:00"),  # over lunch: 60 service minutes
        ("11-17 10:00", "11-17 12:00"),
        ("11-18 10:00", "11-19 11:00"),  # late
    ):
        desk.ask(asked, answered=answered)

    found = _judge(desk)

    assert (found.replied, found.at_once) == (4, 1)
    assert (found.median_minutes, found.p90_minutes) == (60.0, 510.0)
    assert found.at_once_share == 0.25


def test_without_replies_there_is_no_speed(desk):
    found = _judge(desk)

    assert (found.median_minutes, found.p90_minutes, found.at_once_share) == (None, None, None)


@pytest.mark.parametrize("name", ["kept", "missed", "judged", "replied", "at_once"])
def test_every_figure_opens_exactly_its_tickets(desk, name):
    for day in range(9, 18):
        desk.ask(f"11-{day:02} 10:00", answered=f"11-{day + 1:02} {9 + day % 3}:30")
    desk.ask("11-18 10:00", answered="11-18 10:05")
    found = _judge(desk)

    numbers = desk.behind(Figure(name, *_november(desk)), NOW)

    assert len(set(numbers)) == len(numbers) == getattr(found, name) > 0
    figure = found.figure(name)
    assert reports.count(desk.session, desk.manager, figure, now=NOW) == len(numbers)


def test_breaches_are_listed_latest_first_with_their_lateness_in_service_time(desk):
    answered = desk.ask("11-18 10:00", answered="11-19 11:30")
    silent = desk.ask("11-19 10:00")  # due 11-20 10:00: Friday, then 10:00 on Monday
    enforcement.enforce_due(NOW)

    page = reports.breaches(desk.session, desk.manager, desk.november(), now=NOW)

    assert [row.ticket.id for row in page.breaches] == [silent, answered]
    assert [row.late_minutes for row in page.breaches] == [450.0, 90.0]
    assert [row.answered for row in page.breaches] == [False, True]


def test_breaches_are_paged_even_where_deadlines_coincide(desk):
    numbers = [desk.ask("11-18 10:00") for _ in range(5)]
    enforcement.enforce_due(NOW)
    found, after = [], None

    for _ in range(3):
        page = reports.breaches(
            desk.session, desk.manager, desk.november(), now=NOW, after=after, limit=2
        )
        found += [row.ticket.id for row in page.breaches]
        after = page.after

    assert after is None
    assert found == numbers[::-1]


def test_a_broken_page_link_is_refused(desk):
    with pytest.raises(Refusal):
        reports.breaches(desk.session, desk.manager, desk.november(), now=NOW, after="x~y")


def test_agents_may_not_see_the_figures(desk):
    agent = desk.agents["陈静"]

    with pytest.raises(Forbidden):
        reports.first_replies(desk.session, agent, desk.november(), now=NOW)
    with pytest.raises(Forbidden):
        reports.tickets_behind(desk.session, agent, Figure("open"), now=NOW)


def _november(desk):
    span = desk.november()
    return span.start, span.end
