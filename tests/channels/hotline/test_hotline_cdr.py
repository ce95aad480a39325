"""Call records: the legs of a call are one call, and only a person's answer counts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline.cdr import CdrFormat
from channels.hotline.log import BadLine

ZONE = ZoneInfo("Asia/Shanghai")
ASTERISK = CdrFormat("asterisk-cdr", ZONE)
FREESWITCH = CdrFormat("freeswitch", ZONE)


def asterisk(columns=21, **more):
    cells = {
        "accountcode": "",
        "src": "13800138000",
        "dst": "600",
        "dcontext": "from-trunk",
        "clid": '""王"" <13800138000>',
        "channel": "PJSIP/trunk-0001",
        "dstchannel": "PJSIP/1001-0002",
        "lastapp": "Queue",
        "lastdata": "600,t",
        "start": "2026-11-23 10:00:00",
        "answer": "2026-11-23 10:00:12",
        "end": "2026-11-23 10:01:40",
        "duration": "100",
        "billsec": "88",
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "uniqueid": "1.1",
        "userfield": "",
        "peeraccount": "",
        "linkedid": "1.1",
        "sequence": "1",
    } | more
    return ",".join(f'"{cell}"' for cell in list(cells.values())[:columns])


def freeswitch(**more):
    cells = {
        "name": "王",
        "number": "13800138000",
        "target": "600",
        "context": "public",
        "start": "2026-11-23 10:00:00",
        "answer": "2026-11-23 10:00:12",
        "end": "2026-11-23 10:01:40",
        "duration": "100",
        "billsec": "88",
        "cause": "NORMAL_CLEARING",
        "uuid": "u-1",
        "bleg": "u-2",
        "account": "",
    } | more
    return ",".join(f'"{cell}"' for cell in cells.values())


def only(kind, *lines):
    [entries] = kind.read(lines).calls.values()
    return kind.fold(entries)


@pytest.mark.parametrize(("kind", "line"), [(ASTERISK, asterisk()), (FREESWITCH, freeswitch())])
def test_an_answered_call_is_told_in_the_exchanges_own_time(kind, line):
    told = only(kind, line)

    assert (told.outcome, told.direction, told.caller) == ("answered", "inbound", "13800138000")
    assert told.arrived == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert (told.wait_seconds, told.talk_seconds) == (12, 88)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (ASTERISK, asterisk(disposition="NO ANSWER", answer="", billsec="0")),
        (ASTERISK, asterisk(dstchannel="", lastapp="Playback")),
        (FREESWITCH, freeswitch(answer="", billsec="0")),
        (FREESWITCH, freeswitch(bleg="")),
    ],
)
def test_a_call_that_no_person_took_is_missed_even_when_the_menu_answered(kind, line):
    assert only(kind, line).outcome == "abandoned"


def test_who_left_a_message_reached_the_voicemail():
    assert only(ASTERISK, asterisk(dstchannel="", lastapp="VoiceMail")).outcome == "voicemail"


def test_the_telephones_that_rang_for_one_call_are_one_call():
    in_vain = asterisk(
        uniqueid="1.2", dstchannel="PJSIP/1002-3", disposition="NO ANSWER", answer="", sequence="2"
    )

    told = only(ASTERISK, in_vain, asterisk())

    assert (told.outcome, told.agent) == ("answered", "PJSIP/1001")


@pytest.mark.parametrize(
    ("src", "dst", "direction"),
    [
        ("13800138000", "600", "inbound"),
        ("", "600", "inbound"),
        ("1001", "13800138000", "outbound"),
        ("1001", "1002", "internal"),
    ],
)
def test_the_direction_follows_from_the_numbers(src, dst, direction):
    assert only(ASTERISK, asterisk(src=src, dst=dst)).direction == direction


@pytest.mark.parametrize("columns", [16, 17, 18, 21])
def test_short_and_long_rows_are_read(columns):
    assert only(ASTERISK, asterisk(columns)).outcome == "answered"


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (ASTERISK, "1,2,3"),
        (ASTERISK, asterisk(start="yesterday")),
        (ASTERISK, asterisk(start="")),
        (FREESWITCH, "nonsense"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(kind, bad):
    assert [number for number, _ in kind.read(["", bad]).rejected] == [2]
    with pytest.raises(BadLine):
        kind.parse_line(bad)


@pytest.mark.parametrize("kind", [ASTERISK, FREESWITCH])
@given(lines=st.lists(st.text(max_size=80), max_size=20))
def test_no_text_makes_reading_fail(kind, lines):
    for entries in kind.read(lines).calls.values():
        kind.fold(entries)
