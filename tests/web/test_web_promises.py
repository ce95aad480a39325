"""Promises in words: what is left in service time, standstill, kept and broken."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pytest

from helpdesk.i18n import speaking
from helpdesk.presentation import hours
from helpdesk.presentation.promises import first_owed, promise_view
from sla.calendar import Calendar, CalendarSpec
from tests.web.pages import at

pytestmark = pytest.mark.usefixtures("speech")


@dataclass(frozen=True)
class Told:
    metric: str = "first_reply"
    state: str = "running"
    due_at: datetime | None = None
    risk_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    provisional: bool = False


RUNNING = Told(due_at=at("23 11:18"), risk_at=at("23 10:18"))


def test_a_promise_at_risk_says_what_is_left_and_until_when(calendar):
    view = promise_view(RUNNING, calendar=calendar, now=at("23 10:40"))

    assert (view.tone, view.full) == ("risk", "还剩 38分 · 今天 11:18 前")


def test_time_left_is_service_time_across_the_weekend(calendar):
    view = promise_view(RUNNING, calendar=calendar, now=at("20 17:00"))

    assert view.full == "还剩 3小时18分 · 11月23日 周一 11:18 前"
    assert view.tone == "calm"


def test_a_list_leaves_the_weekday_out(calendar):
    assert (
        promise_view(RUNNING, calendar=calendar, now=at("20 17:00")).due_short
        == "11月23日 11:18 前"
    )
    assert promise_view(RUNNING, calendar=calendar, now=at("23 10:40")).due_short == "今天 11:18 前"


def test_it_stands_still_at_lunch_and_says_so(calendar):
    afternoon = replace(RUNNING, due_at=at("23 17:10"), risk_at=at("23 16:10"))

    view = promise_view(afternoon, calendar=calendar, now=at("23 12:30"))

    assert view.full == "还剩 3小时40分 · 午休 · 13:30 继续"


def test_after_closing_it_names_the_next_opening(calendar):
    tomorrow = replace(RUNNING, due_at=at("24 10:00"), risk_at=at("24 09:30"))

    assert (
        promise_view(tomorrow, calendar=calendar, now=at("23 18:00")).detail
        == "下班 · 明天 09:00 继续"
    )


def test_overdue_time_is_service_time_too(calendar):
    view = promise_view(replace(RUNNING, state="breached"), calendar=calendar, now=at("23 13:33"))

    assert (view.tone, view.text) == ("broken", "已超时 45分")
    assert view.detail == view.due == "应在 今天 11:18 前"


def test_exactly_at_the_deadline_it_is_not_yet_broken(calendar):
    assert promise_view(RUNNING, calendar=calendar, now=at("23 11:18")).tone == "risk"


def test_a_reply_in_time_and_a_late_one(calendar):
    kept = replace(RUNNING, state="met", met_at=at("23 11:18"))
    late = replace(RUNNING, state="met", met_at=at("23 14:48"), breached_at=at("23 11:18"))

    assert promise_view(kept, calendar=calendar, now=at("24 10:00")).text == "按时回复"
    assert promise_view(late, calendar=calendar, now=at("24 10:00")).text == "超时 2小时回复"


def test_waiting_stands_still_and_does_not_hide_a_breach(calendar):
    paused = replace(RUNNING, state="paused")

    assert promise_view(paused, calendar=calendar, now=at("23 10:00")).text == "等待对方"
    assert promise_view(paused, calendar=calendar, now=at("23 11:30")).tone == "broken"


def test_nothing_promised_says_so(calendar):
    assert promise_view(None, calendar=calendar, now=at("23 10:00")).text == "无承诺"


def test_the_countdown_agrees_with_the_words(calendar):
    view = promise_view(RUNNING, calendar=calendar, now=at("23 10:40"))

    assert view.countdown is not None
    assert (view.countdown.left, view.countdown.warn) == (38 * 60, 60 * 60)


def test_what_falls_due_next_is_spoken_of_first():
    kept = replace(RUNNING, state="met", met_at=at("23 10:00"))
    later = replace(RUNNING, metric="resolution", due_at=at("25 10:00"))

    assert first_owed([kept, later]) is later
    assert first_owed([kept]) is kept
    assert first_owed([]) is None


class TestServiceHours:
    def test_open_says_when_lunch_begins(self, calendar):
        told = hours.open_now(calendar, now=at("23 10:40"))

        assert (told.open, told.now, told.next) == (
            True,
            "服务中 · 11月23日 周一 10:40",
            "12:00 午休",
        )

    def test_english_tells_the_same(self, calendar):
        with speaking("en"):
            told = hours.open_now(calendar, now=at("23 15:00"))

        assert (told.now, told.next) == ("In service · Mon 23 Nov 15:00", "closes at 18:00")

    @pytest.mark.parametrize(
        ("moment", "words"),
        [
            ("23 12:00", "午休 · 13:30 继续"),
            ("23 08:00", "未上班 · 09:00 继续"),
            ("20 18:00", "下班 · 11月23日 周一 09:00 继续"),
            ("21 10:00", "休息日 · 11月23日 周一 09:00 继续"),
            ("22 10:00", "休息日 · 明天 09:00 继续"),
        ],
    )
    def test_closed_says_why_and_until_when(self, calendar, moment, words):
        assert hours.standstill(calendar, at(moment)) == words

    def test_facts_cover_every_moment_of_the_next_days(self, calendar):
        facts = hours.clock_facts(calendar, now=at("20 17:00"))
        edges = [(start, end) for start, end, _, _ in facts["segments"]]

        assert edges[0][0] <= facts["now"] < edges[0][1]
        assert all(a[1] == b[0] for a, b in pairwise(edges))

    def test_a_desk_open_around_the_clock_never_closes(self):
        always = Calendar(CalendarSpec("Asia/Shanghai", dict.fromkeys(range(7), ((0, 1440),))))

        assert hours.open_now(always, now=at("23 10:40")).next == "全天服务"
