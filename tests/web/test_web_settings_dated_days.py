"""Dated days with hours of their own: what no day can have is refused, and nothing is kept."""

from __future__ import annotations

import pytest

from helpdesk.extensions import db
from helpdesk.services.hours import calendars
from tests.web.pages import post


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("22:00", "02:00")], "2026-11-24: 22:00–02:00 ends before it begins"),
        ([("09:00", "12:00"), ("11:00", "15:00")], "2026-11-24: 11:00–15:00 overlaps"),
        ([("09:00", "09:00")], "for a whole day write 00:00–24:00."),
        ([("09:00", "25:00")], "“25:00” is no time of day; write it like 09:00, up to 24:00."),
    ],
)
def test_hours_of_a_dated_day_are_refused_as_those_of_the_week_are(admin, pairs, sentence):
    own = {"own_from": [a for a, _ in pairs], "own_to": [b for _, b in pairs]}
    day = {"first": "2026-11-24", "last": "2026-11-26", "kind": "opening", "name": "值班"}

    answer = post(admin(), "/settings/holidays/days", day | own)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert not dated_in_november()


def test_hours_that_a_kind_of_day_cannot_have_are_not_dropped_in_silence(admin):
    own = {"own_from": ["09:00"], "own_to": ["12:00"]}
    day = {"first": "2026-11-24", "kind": "holiday", "name": "值班", **own}

    answer = post(admin(), "/settings/holidays/days", day)

    assert answer.status_code == 422
    assert "choose “Hours of its own”, or take the hours away" in answer.text
    assert not dated_in_november()


def dated_in_november() -> list[object]:
    db.session.rollback()
    rows = calendars.default_calendar(db.session()).exceptions
    return [row for row in rows if row.date.isoformat().startswith("2026-11")]
