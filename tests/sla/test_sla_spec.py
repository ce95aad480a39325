"""Calendars as JSON: what is read, what is refused, and in which words."""

from datetime import date
from typing import Any

import pytest

from sla.calendar import CalendarSpec, InvalidCalendar
from tests.sla.sla_help import OFFICE, weekdays

EXAMPLE = {
    "tz": "Asia/Shanghai",
    "hours": {"mon": OFFICE, "tue": OFFICE},
    "closed": ["2026-10-01", "2026-10-02"],
    "open": {"2026-10-10": OFFICE, "2026-10-11": []},
    "official_years": [2025, 2026],
}


def read(**parts: Any) -> CalendarSpec:
    return CalendarSpec.from_json({"tz": "Asia/Shanghai", "hours": weekdays(), **parts})


def test_what_was_read_is_written_again():
    assert CalendarSpec.from_json(EXAMPLE).to_json() == EXAMPLE


def test_without_years_nothing_is_provisional():
    assert "official_years" not in read().to_json()
    assert read().official_years is None


def test_a_missing_weekday_is_closed():
    assert read(hours={"mon": OFFICE}).intervals(date(2026, 11, 24)) == ()


def test_intervals_may_come_in_any_order_and_touch():
    spec = read(hours={"mon": [["12:00", "24:00"], ["00:00", "12:00"]]})
    assert spec.hours == {0: ((0, 1440),)}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"hours": {}}, "never open"),
        ({"hours": {}, "open": {"2026-10-10": []}}, "never open"),
        ({"hours": {"mon": []}}, "never open"),
        ({"hours": {"monday": OFFICE}}, "'monday' is not a weekday; write mon, tue"),
        ({"hours": {"mon": [["09:00", "25:00"]]}}, "'25:00' is not a time of day"),
        ({"hours": {"mon": [["09:00", "24:01"]]}}, "'24:01' is not a time of day"),
        ({"hours": {"mon": [["09:60", "10:00"]]}}, "'09:60' is not a time of day"),
        ({"hours": {"mon": [["9am", "10:00"]]}}, "'9am' is not a time of day"),
        ({"hours": {"mon": [[540, 720]]}}, "540 is not a time of day"),
        ({"hours": {"mon": [["24:00", "24:00"]]}}, "leaves the day"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "is empty; for a whole day"),
        ({"hours": {"mon": [["22:00", "06:00"]]}}, "may cross no midnight"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "overlaps 09:00-12:00"),
        ({"hours": {"mon": [["09:00", "12:00", "13:00"]]}}, "a pair of times"),
        ({"hours": {"mon": ["09:00", "12:00"]}}, "a pair of times"),
        ({"hours": {"mon": "09:00-12:00"}}, "mon must hold a list of intervals, not a text"),
        ({"hours": [OFFICE]}, '"hours" must be a JSON object, not a list'),
        ({"closed": "2026-10-01"}, '"closed" must be a JSON list, not a text'),
        ({"closed": ["2026-02-30"]}, "'2026-02-30' is not a date; write YYYY-MM-DD"),
        ({"closed": ["20261001"]}, "'20261001' is not a date"),
        ({"closed": [20261001]}, "20261001 is not a date"),
        ({"open": {"tomorrow": OFFICE}}, "'tomorrow' is not a date"),
        ({"open": {"2026-10-10": [["10:00", "09:00"]]}}, "2026-10-10 10:00-09:00 ends before"),
        ({"open": ["2026-10-10"]}, '"open" must be a JSON object'),
        ({"tz": "Asia/Atlantis"}, "'Asia/Atlantis' is not a time zone"),
        ({"tz": "Asia"}, "'Asia' is not a time zone"),
        ({"tz": "../../etc/passwd"}, "is not a time zone"),
        ({"tz": None}, "None is not a time zone"),
        ({"tz": ""}, "is not a time zone"),
        ({"timezone": "Asia/Shanghai"}, "'timezone' is no part of a calendar"),
        ({"official_years": ["2026"]}, "'2026' is not a year"),
        ({"official_years": 2026}, "must be a JSON list, not a number"),
    ],
)
def test_a_mistake_is_named_in_one_sentence(parts, sentence):
    """BEHAVIOURS 2: a calendar that is never open is refused when it is saved."""
    with pytest.raises(InvalidCalendar) as refused:
        read(**parts)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("value", [None, [], "default", 7, True])
def test_a_calendar_is_an_object(value):
    with pytest.raises(InvalidCalendar, match="must be a JSON object"):
        CalendarSpec.from_json(value)


def test_the_zone_must_be_given():
    with pytest.raises(InvalidCalendar, match='"tz" is missing'):
        CalendarSpec.from_json({"hours": weekdays()})


def test_a_weekday_is_a_number_from_monday():
    with pytest.raises(InvalidCalendar, match="0 \\(Monday\\) to 6"):
        CalendarSpec(tz="Asia/Shanghai", hours={7: ((540, 720),)})
