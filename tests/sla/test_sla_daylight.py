"""Hours are wall-clock time: what the days on which clocks change are worth."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.sla.sla_help import EVERY_DAY, WHOLE_DAY, calendar, local, utc, weekdays

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the clocks of Berlin change


def every_day(zone: str, *rows: list[str]):
    return calendar(zone, hours=weekdays(list(rows), EVERY_DAY))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", SPRING, 23),
        ("Europe/Berlin", AUTUMN, 25),
        ("Europe/Berlin", date(2026, 11, 23), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself is skipped
        ("Asia/Shanghai", SPRING, 24),
    ],
)
def test_a_whole_day_is_as_long_as_the_zone_makes_it(zone, day, hours):
    [(opening, closing)] = every_day(zone, ["00:00", "24:00"]).intervals_on(day)
    assert closing - opening == timedelta(hours=hours)


def test_office_hours_keep_their_wall_clock_over_the_change():
    spec = calendar("Europe/Berlin", hours=weekdays([["09:00", "17:00"]]))
    assert spec.add_minutes(local("2026-03-27 16:00", BERLIN), 120) == utc("2026-03-30 08:00")
    assert spec.add_minutes(local("2026-10-23 16:00", BERLIN), 120) == utc("2026-10-26 09:00")


def test_hours_that_the_clock_skips_do_not_exist():
    spec = every_day("Europe/Berlin", ["02:15", "02:45"])
    assert spec.intervals_on(SPRING) == []
    assert spec.end_of_workday(local("2026-03-28 12:00", BERLIN), 1) == utc("2026-03-30 00:45")


def test_an_interval_that_begins_in_the_gap_begins_after_it():
    spec = every_day("Europe/Berlin", ["02:30", "04:00"])
    assert spec.intervals_on(SPRING) == [(utc("2026-03-29 01:00"), utc("2026-03-29 02:00"))]


def test_an_hour_that_comes_twice_counts_twice():
    spec = every_day("Europe/Berlin", ["02:00", "02:30"])
    assert spec.intervals_on(AUTUMN) == [
        (utc("2026-10-25 00:00"), utc("2026-10-25 00:30")),
        (utc("2026-10-25 01:00"), utc("2026-10-25 01:30")),
    ]


def test_a_date_that_the_zone_skipped_is_no_workday():
    spec = every_day("Pacific/Apia", ["09:00", "17:00"])
    asked = local("2011-12-29 12:00", ZoneInfo("Pacific/Apia"))
    assert spec.intervals_on(date(2011, 12, 30)) == []
    assert spec.end_of_workday(asked, 1) == local("2011-12-31 17:00", ZoneInfo("Pacific/Apia"))


def test_day_and_night_is_plain_time_over_the_change():
    spec = calendar("America/New_York", hours=weekdays(WHOLE_DAY, EVERY_DAY))
    start = local("2026-03-07 12:00", NEW_YORK)
    assert spec.add_minutes(start, 24 * 60) - start.astimezone(UTC) == timedelta(hours=24)


def test_a_repeated_hour_in_the_question_is_told_apart_by_its_fold():
    spec = calendar("Europe/Berlin", hours=weekdays(WHOLE_DAY, EVERY_DAY))
    first = local("2026-10-25 02:30", BERLIN)
    assert spec.elapsed(first, first.replace(fold=1)) == 60


def test_the_chinese_summer_time_of_1986_counts():
    spec = calendar(hours=weekdays([["09:00", "10:00"]], EVERY_DAY))
    assert spec.intervals_on(date(1986, 7, 1)) == [
        (utc("1986-07-01 00:00"), utc("1986-07-01 01:00"))
    ]
