"""Days off from a file: rows or a calendar, all of it or nothing, and the wrong line named."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from helpdesk.errors import Refusal
from helpdesk.services.hours import holiday_files, holiday_rows
from helpdesk.services.hours.holiday_rows import Year
from helpdesk.services.hours.ical_lines import BadLine, lines

NEW_YEAR = """BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:中国节假日
BEGIN:VTIMEZONE
TZID:Asia/Shanghai
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270101
DTEND;VALUE=DATE:20270104
SUMMARY;LANGUAGE=zh_CN:元旦 假期 第1天/共3天
BEGIN:VALARM
ACTION:DISPLAY
SUMMARY:别的
TRIGGER:-P1D
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20270109
SUMMARY:元旦 补班
END:VEVENT
END:VCALENDAR
"""


def calendar(*events):
    """Return a calendar of events that are written as their lines."""
    written = [line for event in events for line in ("BEGIN:VEVENT", *event, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", *written, "END:VCALENDAR", ""]).encode()


def event(summary, first="20270101", *more):
    return (f"DTSTART;VALUE=DATE:{first}", f"SUMMARY:{summary}", *more)


def refused(data):
    with pytest.raises(Refusal) as refusal:
        holiday_files.read(data)
    assert refusal.value.field == "file"
    return refusal.value.sentence


def test_a_published_calendar_gives_days_off_and_makeup_days():
    found = holiday_files.read(NEW_YEAR.encode())

    off = {date(2027, 1, day): "元旦" for day in (1, 2, 3)}
    assert found == {2027: Year(off, {date(2027, 1, 9): "元旦"})}


@pytest.mark.parametrize(
    "summary",
    ["春节（休）", "春节 休", "春节假期", "春节放假", "Spring Festival holiday", "Day off"],
)
def test_titles_that_say_a_day_is_off(summary):
    assert list(holiday_files.read(calendar(event(summary)))[2027].off) == [date(2027, 1, 1)]


@pytest.mark.parametrize(
    "summary", ["春节（班）", "春节 补班", "调休上班", "班", "Make-up workday", "Working day"]
)
def test_titles_that_say_a_day_is_worked(summary):
    assert list(holiday_files.read(calendar(event(summary)))[2027].work) == [date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("summary", "name"),
    [
        ("国庆节（休）", "国庆节"),
        ("国庆节(班)", "国庆节"),
        ("国庆节 假期 第3天/共7天", "国庆节"),
        ("中秋节\\, 国庆节 放假", "中秋节, 国庆节"),
        ("休", "休"),
    ],
)
def test_the_mark_is_left_out_of_the_name(summary, name):
    year = holiday_files.read(calendar(event(summary)))[2027]

    assert [*year.off.values(), *year.work.values()] == [name]


def test_apples_calendars_say_it_in_a_property_of_their_own():
    found = holiday_files.read(
        calendar(
            event("元旦", "20270101", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
            event("元旦", "20270109", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"),
        )
    )

    assert found == {2027: Year({date(2027, 1, 1): "元旦"}, {date(2027, 1, 9): "元旦"})}


@pytest.mark.parametrize(
    "makeup",
    [
        event("上班(补春节假期)", "20270109"),
        event("上班（补春节假期）", "20270109"),
        ("DTSTART:20270109T090000", "DTEND:20270109T180000", "SUMMARY:春节 补班 第1天/共2天"),
        event("春节调休", "20270109", "CATEGORIES:调休,Business Day"),
    ],
)
def test_makeup_days_are_read_as_common_calendars_write_them(makeup):
    found = holiday_files.read(calendar(event("春节假期", "20270206"), makeup))

    assert found == {2027: Year({date(2027, 2, 6): "春节"}, {date(2027, 1, 9): "春节"})}


def test_two_festivals_may_share_a_day_off():
    found = holiday_files.read(calendar(event("中秋节 休"), event("国庆节 休")))

    assert found[2027].off == {date(2027, 1, 1): "中秋节、国庆节"}


@pytest.mark.parametrize(
    ("more", "days"),
    [
        (["DTEND;VALUE=DATE:20270102"], 1),
        (["DTEND;VALUE=DATE:20270108"], 7),
        (["DTEND;VALUE=DATE:20270101"], 1),
        (["DURATION:P3D"], 3),
        (["DURATION:P1W"], 7),
        ([], 1),
    ],
)
def test_an_end_is_the_day_after_the_last(more, days):
    year = holiday_files.read(calendar(event("休", "20270101", *more)))[2027]

    assert sorted(year.off) == [date(2027, 1, 1) + timedelta(days=n) for n in range(days)]


def test_a_run_over_new_year_belongs_to_both_years():
    found = holiday_files.read(calendar(event("元旦 休", "20261231", "DTEND;VALUE=DATE:20270103")))

    assert {year: len(days.off) for year, days in found.items()} == {2026: 1, 2027: 2}


@pytest.mark.parametrize(
    ("rows", "beside"),
    [
        (["2022-12-31 off", "2023-01-01 off", "2023-01-02 off", "2023-04-05 off"], {2022}),
        (["2022-10-01 off", "2022-12-31 off", "2023-01-01 off", "2023-01-02 off"], {2023}),
        (["2022-12-31 off", "2023-01-01 off"], {2022, 2023}),
        (["2007-12-29 work", "2007-12-31 off", "2008-01-01 off", "2008-05-01 off"], {2007}),
        (["2022-10-01 off", "2022-12-31 off", "2023-01-01 off", "2023-05-01 off"], set()),
        (["2022-12-31 off", "2023-01-02 off", "2023-05-01 off"], set()),
        (["2022-12-31 off"], set()),
    ],
)
def test_a_year_that_is_named_for_anothers_new_year_alone_is_told_apart(rows, beside):
    found = holiday_files.read("\n".join(rows).replace(" ", ",").encode())

    assert holiday_files.beside(found) == beside


def test_cancelled_events_count_nothing():
    data = calendar(event("元旦 休"), event("春节 休", "20270206", "STATUS:CANCELLED"))

    assert list(holiday_files.read(data)[2027].off) == [date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (calendar(event("情人节", "20270214")), "Line 2, event “情人节”: it says neither"),
        (calendar(event("国庆节 调休")), "it says neither"),
        (calendar(event("休一天班")), "it says neither"),
        (calendar(event("元旦 休", "20270101", "RRULE:FREQ=YEARLY")), "it repeats (RRULE)"),
        (calendar(event("元旦 休", "20271301")), "DTSTART “20271301” is no date"),
        (calendar(("SUMMARY:元旦 休",)), "DTSTART “” is no date"),
        (calendar(("DTSTART:20270101T000000Z", "SUMMARY:元旦 休")), "DTSTART has a time of day"),
        (
            calendar(("DTSTART:20270101T090000", "DTEND:20270101T120000", "SUMMARY:元旦 休")),
            "DTSTART has a time of day",
        ),
        (
            calendar(("DTSTART:20270109T090000", "DTEND:20270110T180000", "SUMMARY:元旦 班")),
            "DTSTART has a time of day",
        ),
        (
            calendar(("DTSTART:20270109T010000Z", "DTEND:20270109T100000Z", "SUMMARY:元旦 班")),
            "DTSTART has a time of day",
        ),
        (calendar(event("元旦", "20270101", "CATEGORIES:Business Day")), "it says neither"),
        (
            calendar(event("休", "20270101", "DTEND;VALUE=DATE:20261231")),
            "it ends before it begins",
        ),
        (calendar(event("休", "20270101", "DTEND;VALUE=DATE:20280101")), "it lasts 365 days"),
        (calendar(event("休", "20270101", "DURATION:PT3H")), "its DURATION is no number of days"),
        (
            calendar(event("元旦 休"), event("元旦 班")),
            "Line 6, event “元旦 班”: 2027-01-01 is a day off",
        ),
        (calendar(event("休", "19000101")), "names the year 1900"),
        (calendar(event("休", "99991231")), "names the year 9999"),
        (calendar(event("休", "99990101", "DURATION:P999W")), "it lasts 364 days"),
        (calendar(), "names no day"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "ends within VEVENT"),
        (b"BEGIN:VCALENDAR\nno property\nEND:VCALENDAR\n", "Line 2 is no line of a calendar"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "Line 2 is no line of a calendar"),
    ],
)
def test_a_calendar_with_a_mistake_is_refused_whole_and_says_where(data, sentence):
    assert sentence in refused(data)


ROWS = {2027: Year({date(2027, 1, 1): "元旦"}, {date(2027, 1, 9): "元旦"})}


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01,off,元旦\n2027-01-09,work,元旦\n",
        "2027/1/1,放假,元旦\r\n2027/1/9,补班,元旦\r\n",
        "2027/01/01 00:00:00,休息,元旦\n2027/1/9 0:00,上班,元旦\n",
        "2027年1月1日，节假日，元旦\n2027年1月9日，工作日，元旦\n",
        "2027.1.1;Day off;元旦\n2027.1.9;Make-up;元旦\n",
        "date\tkind\tname\n20270101\tholiday\t元旦\n20270109\tworkday\t元旦\n",
        "# 国务院办公厅，2026年11月\n\n日期,类型,名称\n2027-1-1,休,元旦\n2027-1-9,班,元旦\n",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_are_read_as_spreadsheets_write_them(text, charset):
    assert holiday_files.read(text.encode(charset)) == ROWS


def test_a_calendar_may_be_in_utf_16():
    assert holiday_files.read(NEW_YEAR.encode("utf-16")) == holiday_files.read(NEW_YEAR.encode())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('2027-01-01,off,"元旦\n2027-01-02,off,元旦\n', "Line 1 cannot be read"),
        ('2027-01-01,off\n2027-01-02,off,"元旦\n', "Line 2 cannot be read"),
        ('2027-01-01,off,"元\n旦"\n2027-02-30,off\n', "Line 3: “2027-02-30” is no date"),
        ("2027-W01-1,off\n", "“2027-W01-1” is no date"),
        ("1/1/2027,off\n", "“1/1/2027” is no date"),
        ("2027-01-01,off\0\n", "no text"),
        ("2" * 10_000 + ",off\n", f"Line 1: “{'2' * 40}” is no date"),
    ],
)
def test_rows_with_a_mistake_are_refused_whole_and_name_the_line(text, sentence):
    assert sentence in refused(text.encode())


def test_a_file_of_very_many_years_is_a_mistake():
    rows = "\n".join(f"{year}-01-01,off" for year in range(2001, 2031))

    assert "names 30 years" in refused(rows.encode())


def test_characters_that_folding_cut_in_two_are_whole_again():
    title = "国庆节" * 20 + "（休）"
    raw = calendar(event("TITLE")).replace(b"TITLE", title.encode())
    place = raw.index("国".encode()) + 64
    folded = raw[:place] + b"\r\n " + raw[place:]

    assert holiday_files.read(folded) == holiday_files.read(raw)


def test_old_chinese_calendars_are_read():
    assert holiday_files.read(NEW_YEAR.encode("gb18030")) == holiday_files.read(NEW_YEAR.encode())


@given(
    st.lists(
        st.tuples(
            st.dates(date(2026, 1, 1), date(2029, 12, 31)),
            st.integers(1, 9),
            st.text(st.characters(exclude_categories=["C"]), max_size=60),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[0],
    )
)
def test_what_the_library_writes_is_read_alike(rows):
    whole = Calendar()
    for first, days, name in rows:
        one = Event()
        one.add("summary", f"{name};,\\:休")
        one.add("dtstart", first)
        one.add("dtend", first + timedelta(days=days))
        whole.add_component(one)
    data = whole.to_ical()
    expected = {}
    for one in Calendar.from_ical(data).walk("VEVENT"):
        day = one.decoded("dtstart")
        while day < one.decoded("dtend"):
            expected.setdefault(day, str(one["summary"]))
            day += timedelta(days=1)
    summaries = [line.text for line in lines(data) if line.name == "SUMMARY"]

    assert summaries == [str(one["summary"]) for one in whole.walk("VEVENT")]
    if all("班" not in row[2] and "work" not in row[2].lower() for row in rows):
        found = holiday_files.read(data)
        assert {day for year in found.values() for day in year.off} == set(expected)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_it_fall(data):
    for begin in (b"", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART"):
        with suppress(Refusal):
            holiday_files.read(begin + data)


def test_parameters_may_be_quoted():
    (line,) = lines(b'DTSTART;TZID="a:b;c";VALUE=DATE:20270101')

    assert (line.parameters, line.value) == ({"TZID": "a:b;c", "VALUE": "DATE"}, "20270101")


def test_a_line_without_a_value_is_none():
    with pytest.raises(BadLine):
        list(lines(b"DTSTART;VALUE=DATE"))


def test_rows_are_written_as_they_are_read():
    years = {2027: Year({date(2027, 1, 1): '元旦, "一"'}, {date(2027, 1, 9): ""})}

    assert holiday_rows.read(holiday_rows.write(years)) == years
