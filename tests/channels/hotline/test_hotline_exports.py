"""Exports of call centres: GBK or UTF-8, CSV or XLSX, headings that are known by themselves."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline.columns import Mapped, missing, recognised
from channels.hotline.told import ToldFormat
from channels.spreadsheet import BadTable, read_table

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "呼叫ID,类型,坐席名称,坐席号码,客户号码,归属地,中继号码,呼叫时间,振铃时长(秒),接通时间,通话时长,挂机时间,挂机类型,挂机原因,队列名称,评分"
TAKEN = "1001,呼入,王芳,8001,13800138000,北京,01062001234,2026-11-23 10:00:00,12,2026-11-23 10:00:12,88,2026-11-23 10:01:40,客户挂机,正常,认证咨询,5"
MISSED = "1002,呼入,,,13900139000,成都,01062001234,2026-11-23 10:05:00,30,,0,2026-11-23 10:05:30,客户挂机,未接通,认证咨询,"
DIALLED = "1003,呼出,王芳,8001,13900139000,成都,01062001234,2026-11-23 10:20:00,8,2026-11-23 10:20:08,60,2026-11-23 10:21:08,坐席挂机,正常,,"
EXPORT = f"{HEADER}\n{TAKEN}\n{MISSED}\n{DIALLED}"


def calls_of(data, columns=None):
    """Return the calls that a file tells, by their ids, and the rows that it cannot."""
    table = read_table(data)
    log = Mapped(columns or recognised(table.header), SHANGHAI).log(table)
    return {key: ToldFormat().fold(rows) for key, rows in log.calls.items()}, log.rejected


def xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_export_is_understood_in_every_encoding(encoding):
    calls, rejected = calls_of(EXPORT.encode(encoding))

    assert rejected == []
    taken, missed, dialled = calls["1001"], calls["1002"], calls["1003"]
    assert (taken.outcome, taken.agent, taken.queue) == ("answered", "王芳", "认证咨询")
    assert taken.arrived == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert (taken.caller, taken.wait_seconds, taken.talk_seconds) == ("13800138000", 12, 88)
    assert (missed.outcome, missed.wait_seconds) == ("abandoned", 30)
    assert (dialled.direction, dialled.called) == ("outbound", "13900139000")


def test_a_mark_of_the_byte_order_in_gb18030_does_not_hide_a_heading_in_quotes():
    quoted = EXPORT.replace("呼叫ID", '"呼叫ID"')

    calls, _ = calls_of(f"\ufeff{quoted}".encode("gb18030"))

    assert set(calls) == {"1001", "1002", "1003"}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_told_from_the_heading(delimiter):
    calls, _ = calls_of(EXPORT.replace(",", delimiter).encode())

    assert set(calls) == {"1001", "1002", "1003"}


def test_a_workbook_gives_its_dates_and_numbers_as_they_are_meant():
    calls, rejected = calls_of(
        xlsx(
            [
                ["通话记录 2026-11"],
                ["来电号码", "呼叫时间", "接听时间", "通话时长", "接听人"],
                [
                    13800138000,
                    datetime.fromisoformat("2026-11-23 10:00"),
                    datetime.fromisoformat("2026-11-23 10:00:09"),
                    "00:01:05",
                    "刘洋",
                ],
                ["13900139000", "2026/11/23 10:05", None, None, None],
            ]
        )
    )

    assert rejected == []
    taken, missed = sorted(calls.values(), key=lambda call: call.arrived)
    assert (taken.caller, taken.talk_seconds, taken.agent) == ("13800138000", 65, "刘洋")
    assert missed.outcome == "abandoned"


@pytest.mark.parametrize("nothing", ["--", "—", "-", "/", "N/A", "NULL", "无"])
def test_a_cell_that_says_that_there_is_nothing_is_empty(nothing):
    missed = MISSED.replace(",,", f",{nothing},").replace(",0,", f",{nothing},")

    calls, rejected = calls_of(f"{HEADER}\n{missed}\n".encode())

    assert rejected == []
    assert (calls["1002"].outcome, calls["1002"].agent) == ("abandoned", "")


@pytest.mark.parametrize(
    "written",
    [
        "2026/11/23 10:05:00",
        "2026/11/23 10:05",
        "2026.11.23 10:05:00",
        "2026年11月23日 10:05:00",
        "2026年11月23日10:05:00",
        "2026/11/23 10:05:00.000",
        "20261123100500",
        "2026-11-23T10:05:00+08:00",
        "2026/11/23 上午 10:05:00",
        "2026-11-23 10:05:00 AM",
        "11/23/2026 10:05 am",
        "23/11/2026 10:05:00",
        "23-11-2026 10:05",
        "2026年11月23日 10时05分",
        "2026-11-23 星期一 10：05：00",
        "1795399500",
        "1795399500000",
    ],
)
def test_a_time_is_read_however_a_system_writes_it(written):
    calls, rejected = calls_of(f"来电号码,来电时间\n13800138000,{written}\n".encode())

    assert rejected == []
    assert [call.arrived for call in calls.values()] == [datetime(2026, 11, 23, 2, 5, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("下午 12:05", "12:05"),
        ("下午1:05", "13:05"),
        ("下午 13:05", "13:05"),
        ("晚上 8:05", "20:05"),
        ("上午 12:05", "00:05"),
        ("12:05 a.m.", "00:05"),
    ],
)
def test_a_clock_of_twelve_hours_says_which_half_of_the_day_it_means(written, clock):
    rows = f"来电号码,日期,时间\n13800138000,2026/11/23,{written}\n"

    [call] = calls_of(rows.encode())[0].values()

    assert call.arrived == datetime.fromisoformat(f"2026-11-23 {clock}+08:00")


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (("02/11/2026", "23/11/2026"), "2026-11-02"),
        (("11/02/2026", "11/23/2026"), "2026-11-02"),
        (("02/11/2026", "03/11/2026"), "2026-11-02"),
        (("11/02/2026", "11/03/2026"), "2026-11-02"),
        (("02/11/2026",), "2026-11-02"),
    ],
)
def test_whether_the_day_or_the_month_comes_first_is_told_by_all_dates_of_a_table(days, first):
    rows = "".join(f"13800138000,{day} 10:00:00\n" for day in days)

    calls, _ = calls_of(f"来电号码,来电时间\n{rows}".encode())

    earliest = min(call.arrived for call in calls.values())
    assert earliest == datetime.fromisoformat(f"{first} 10:00:00+08:00")


def test_day_and_clock_may_stand_in_columns_of_their_own():
    calls, rejected = calls_of(
        "日期,时间,接听时间,挂机时间,来电号码\n"
        "2026/11/23,23:59:50,0:00:05,0:01:00,13800138000\n".encode()
    )

    assert rejected == []
    [call] = calls.values()
    assert call.arrived == datetime(2026, 11, 23, 15, 59, 50, tzinfo=UTC)
    assert (call.wait_seconds, call.talk_seconds) == (15, 55)


def test_a_workbooks_day_and_clock_are_put_together():
    day, clock = datetime.fromisoformat("2026-11-23"), time(10, 5)
    rows = [["来电号码", "日期", "时间"], ["13800138000", day, clock]]

    [call] = calls_of(xlsx(rows))[0].values()

    assert call.arrived == datetime(2026, 11, 23, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "row",
    [
        [46349, 0.4166666666666667, 0.4167245370370370, 0.000752314814814815],
        [None, 46349.416666666664, 46349.41672453704, 7.52314814814815e-04],
        ["2026-11-23", 46349.416666666664, "10:00:05", "0:01:05"],
        [None, "2026-11-23 10:00:00", "10:00:05", 65],
    ],
)
def test_dates_and_durations_may_be_the_numbers_that_a_spreadsheet_counts_them_by(row):
    heading = ["日期", "呼叫时间", "接通时间", "通话时长", "来电号码"]

    calls, rejected = calls_of(xlsx([heading, [*row, "13800138000"]]))

    assert rejected == []
    [call] = calls.values()
    assert call.arrived == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert (call.wait_seconds, call.talk_seconds) == (5, 65)


def test_a_day_alone_is_no_time_of_a_call():
    _, rejected = calls_of("来电号码,来电时间\n13800138000,2026-11-23\n".encode())

    assert rejected == [(2, "'2026-11-23' is no time such as 2026-11-23 10:00:00")]


def test_the_beginning_of_a_systems_own_time_is_no_answer():
    rows = "来电号码,来电时间,接通时间\n13800138000,2026-11-23 10:05:00,1970-01-01 08:00:00\n"

    [call] = calls_of(rows.encode())[0].values()

    assert (call.outcome, call.answered) == ("abandoned", None)


def test_when_a_call_was_taken_follows_from_its_end_and_how_long_was_spoken():
    rows = (
        "主叫号码,开始时间,结束时间,通话时长(秒)\n"
        "13800138000,2026-11-23 10:00:00,2026-11-23 10:01:00,50\n"
    )

    [call] = calls_of(rows.encode())[0].values()

    assert (call.wait_seconds, call.talk_seconds) == (10, 50)


@pytest.mark.parametrize(
    ("caller", "called", "direction"),
    [
        ("13800138000", "01062001234", "inbound"),
        ("", "01062001234", "inbound"),
        ("8001", "13800138000", "outbound"),
        ("8001", "8002", "internal"),
    ],
)
def test_where_no_column_tells_the_direction_it_follows_from_the_numbers(caller, called, direction):
    rows = f"主叫号码,被叫号码,开始时间\n{caller},{called},2026-11-23 10:00:00\n"

    [call] = calls_of(rows.encode())[0].values()

    assert call.direction == direction


@pytest.mark.parametrize(
    ("heading", "written", "seconds"),
    [
        ("通话时长", "01:05", 65),
        ("通话时长", "1分5秒", 65),
        ("通话时长", "1'05\"", 65),
        ("通话时长", "65.0秒", 65),
        ("通话时长(分钟)", "1.5", 90),
        ("通话时长（毫秒）", "65000", 65),
    ],
)
def test_a_duration_is_read_however_a_system_writes_it(heading, written, seconds):
    rows = f"来电号码;时间;{heading}\n13800138000;2026-11-23 10:00;{written}\n"

    [call] = calls_of(rows.encode())[0].values()

    assert call.talk_seconds == seconds


def test_a_column_that_says_yes_or_no_tells_whether_and_not_when_a_call_was_taken():
    rows = (
        "Caller ID,Call Start Time,Answered,Call Duration\n"
        "13800138000,2026-11-23 10:00:00,Yes,65\n13900139000,2026-11-23 10:05:00,No,20\n"
    )

    calls = sorted(calls_of(rows.encode())[0].values(), key=lambda call: call.arrived)

    assert [call.outcome for call in calls] == ["answered", "abandoned"]


@pytest.mark.parametrize(
    "header",
    [
        "来电日期,来电时间,主叫,接听情况,接听人员",
        "用户号码,接入时间,接通时间,呼叫结果,应答坐席",
        "CallerNumber,StartTime,AnswerTime,Result,AgentName",
        "Call From,Time,Answer Time,Call Status,Answered By",
        "对方号码,起始时间,应答时间,接听结果,受理人",
    ],
)
def test_the_headings_of_many_systems_are_known_however_their_words_are_put_together(header):
    found = recognised(header.split(","))

    assert missing(found) == []
    assert {"arrived", "outcome", "agent"} <= set(found)


def test_a_carriers_bill_tells_who_dialled():
    rows = (
        "起始时间,通信方式,对方号码,通信时长,通信类型\n"
        "2026-11-23 10:00:00,被叫,13800138000,1分5秒,本地\n"
        "2026-11-23 10:05:00,主叫,13900139000,20秒,本地\n"
    )

    calls = sorted(calls_of(rows.encode())[0].values(), key=lambda call: call.arrived)

    assert [call.direction for call in calls] == ["inbound", "outbound"]


@pytest.mark.parametrize(
    "said", ["呼出", "手动外呼", "去话", "拨出", "Outbound", "回拨", "双向呼叫"]
)
def test_every_word_for_a_call_that_the_desk_made_is_known(said):
    rows = f"类型,客户号码,呼叫时间\n{said},13800138000,2026-11-23 10:00:00\n"

    [call] = calls_of(rows.encode())[0].values()

    assert (call.direction, call.called) == ("outbound", "13800138000")


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_last_row_that_is_still_being_written_is_no_call_yet(encoding):
    written = f"{HEADER}\n{TAKEN}\n1002,呼入,刘".encode(encoding)[:-1]

    calls, rejected = calls_of(written)

    assert list(calls) == ["1001"]
    assert rejected == [(3, "the row is cut short")]


def test_rows_are_named_by_their_lines_where_some_are_empty():
    bad = MISSED.replace("2026-11-23 10:05:00", "yesterday")

    _, rejected = calls_of(f"{HEADER}\n{TAKEN}\n\n\n{bad}\n".encode())

    assert [number for number, _ in rejected] == [5]


def test_a_title_above_the_heading_does_not_hide_the_delimiter():
    rows = "通话明细\n来电号码;来电时间\n13800138000;2026-11-23 10:00:00\n"

    assert len(calls_of(rows.encode())[0]) == 1


def test_a_row_that_cannot_be_read_is_named_and_the_next_one_counts():
    bad = MISSED.replace("2026-11-23 10:05:00", "yesterday")

    calls, rejected = calls_of(f"{HEADER}\n{TAKEN}\n{bad}\n{DIALLED}".encode())

    assert set(calls) == {"1001", "1003"}
    assert rejected == [(3, "'yesterday' is no time such as 2026-11-23 10:00:00")]


def test_calls_without_ids_are_told_apart_and_the_same_export_again_is_the_same():
    rows = (
        "来电号码,时间,通话时长\n13800138000,2026-11-23 10:00,65\n13800138000,2026-11-23 11:00,\n"
    )

    first, _ = calls_of(rows.encode())
    again, _ = calls_of(rows.encode())

    assert len(first) == 2
    assert first == again


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("未接通", "abandoned"),
        ("无人应答", "abandoned"),
        ("没有接通", "abandoned"),
        ("拒接", "abandoned"),
        ("Not Answered", "abandoned"),
        ("否", "abandoned"),
        ("已接通", "answered"),
        ("系统接听", "abandoned"),
        ("IVR接听", "abandoned"),
        ("呼损", "abandoned"),
        ("排队超时", "abandoned"),
        ("占线", "abandoned"),
        ("queueLeak", "abandoned"),
        ("dealing", "answered"),
        ("双方接听", "answered"),
        ("留言", "voicemail"),
    ],
)
def test_a_column_that_says_what_came_of_it_decides(said, outcome):
    rows = f"来电号码,时间,接通状态\n13800138000,2026-11-23 10:00,{said}\n"

    calls, _ = calls_of(rows.encode())

    assert next(iter(calls.values())).outcome == outcome


def test_a_chosen_mapping_reads_headings_that_nobody_knows():
    data = b"wer,wann\n13800138000,2026-11-23 10:00\n"
    assert missing(recognised(read_table(data).header)) == ["arrived", "customer"]

    calls, _ = calls_of(data, {"customer": "wer", "arrived": "wann"})

    assert len(calls) == 1


def test_why_a_workbook_cannot_be_read_is_told_in_one_line():
    book = io.BytesIO(xlsx([["呼叫时间", "客户号码"]]))
    with zipfile.ZipFile(book, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>&all;")

    with pytest.raises(BadTable, match=r"^The file is no XLSX that can be read \(.*\)\.$"):
        read_table(book.getvalue())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "holds no rows"),
        ("呼叫时间,客户号码".encode(), "Below its heading"),
        (b"PK\x03\x04 broken", "no XLSX"),
        (b"\x81\xff\x00\xff\xfe\xff\n\xff", "neither UTF-8 nor GBK"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(data, sentence):
    with pytest.raises(BadTable, match=sentence):
        read_table(data)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_file_makes_reading_fail(data):
    try:
        table = read_table(data)
    except BadTable:
        return
    Mapped(recognised(table.header), SHANGHAI).log(table)


@given(st.text(alphabet="0123456789:秒分时hm./- ", max_size=12))
def test_no_duration_makes_a_row_fail_otherwise_than_by_its_reason(text):
    data = f"来电号码;时间;通话时长\n13800138000;2026-11-23 10:00;{text}\n".encode()

    calls, rejected = calls_of(data)

    assert len(calls) + len(rejected) == 1
