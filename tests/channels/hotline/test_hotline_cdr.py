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


def test_an_exchange_may_write_fractions_of_seconds():
    told = only(
        ASTERISK,
        asterisk(
            start="2026-11-23 10:00:00.500", answer="2026-11-23 10:00:12.000", billsec="88.25"
        ),
    )

    assert (told.wait_seconds, told.talk_seconds) == (11.5, 88.25)


def test_who_left_a_message_reached_the_voicemail():
    assert only(ASTERISK, asterisk(dstchannel="", lastapp="VoiceMail")).outcome == "voicemail"


def test_the_telephones_that_rang_for_one_call_are_one_call():
    in_vain = asterisk(
        uniqueid="1.2", dstchannel="PJSIP/1002-3", disposition="NO ANSWER", answer="", sequence="2"
    )

    told = only(ASTERISK, in_vain, asterisk())

    assert (told.outcome, told.agent) == ("answered", "PJSIP/1001")


def test_where_no_column_has_an_id_the_legs_of_a_channel_are_one_call():
    in_vain = asterisk(16, dstchannel="PJSIP/1002-3", disposition="NO ANSWER", answer="")
    again = asterisk(16, start="2026-11-23 11:00:00", answer="2026-11-23 11:00:09", end="2026-11-23 11:01:00")  # fmt: skip

    log = ASTERISK.read([in_vain, asterisk(16), again])

    assert sorted(map(len, log.calls.values())) == [1, 2]
    assert only(ASTERISK, in_vain, asterisk(16)).agent == "PJSIP/1001"


def test_a_channel_that_different_callers_have_joins_nothing():
    other = asterisk(16, src="13900139000")

    assert len(ASTERISK.read([asterisk(16), other]).calls) == 2


@pytest.mark.parametrize("columns", [16, 18])
def test_both_halves_of_a_local_channel_are_of_one_call(columns):
    caller = asterisk(columns, dstchannel="Local/1001@from-queue-0a;1")
    agents = asterisk(columns, channel="Local/1001@from-queue-0a;2", uniqueid="1.7", dst="1001")

    told = only(ASTERISK, agents, caller)

    assert (told.called, told.outcome, told.talk_seconds) == ("600", "answered", 88)


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


@pytest.mark.parametrize(
    ("dst", "context", "channel", "direction"),
    [
        ("13900139000", "from-internal", "PJSIP/1001-0001", "outbound"),
        ("13900139000", "from-internal", "PJSIP/trunk-0001", "inbound"),
        ("13900139000", "from-trunk", "PJSIP/1001-0001", "inbound"),
        ("600", "from-internal", "PJSIP/1001-0001", "inbound"),
        ("s", "from-internal", "PJSIP/1001-0001", "inbound"),
    ],
)
def test_a_call_that_shows_the_desks_own_number_is_outbound_where_a_telephone_of_the_house_dialled(
    dst, context, channel, direction
):
    told = only(ASTERISK, asterisk(src="01062001234", dst=dst, dcontext=context, channel=channel))

    assert told.direction == direction


@pytest.mark.parametrize("columns", [16, 17, 18, 21])
def test_short_and_long_rows_are_read(columns):
    assert only(ASTERISK, asterisk(columns)).outcome == "answered"


@pytest.mark.parametrize(
    ("optional", "call_id"),
    [
        (["1795399200.7"], "1795399200.7"),
        (["pbx1-1795399200.7"], "pbx1-1795399200.7"),
        (["1795399200.7", "a note"], "1795399200.7"),
        (["", "1795399200.1", "12"], "1795399200.1"),
        (["1795399200.7", "", "1795399200.1", "12"], "1795399200.1"),
        (["a note", "", "1795399200.1", "12"], "1795399200.1"),
        (["1795399200.7", "a note", "", "1795399200.1", "12"], "1795399200.1"),
    ],
)
def test_the_call_is_known_by_its_id_whichever_optional_columns_an_exchange_writes(
    optional, call_id
):
    row = ",".join([asterisk(16), *(f'"{cell}"' for cell in optional)])

    assert only(ASTERISK, row).external_id == call_id


def test_a_note_of_the_exchange_is_no_id_that_calls_could_share():
    noted = [
        ",".join([asterisk(16, start=f"2026-11-23 0{hour}:00:00"), '"a note"']) for hour in (8, 9)
    ]

    assert len(ASTERISK.read(noted).calls) == 2


def test_a_caller_who_was_put_through_spoke_with_both_agents_and_what_they_said_apart_is_left_out():
    first = asterisk()
    asked_back = asterisk(
        src="1001", dst="1002", start="2026-11-23 10:01:00", answer="2026-11-23 10:01:05",
        end="2026-11-23 10:01:40", billsec="35", uniqueid="1.3",
    )  # fmt: skip
    second = asterisk(
        dstchannel="PJSIP/1002-9", start="2026-11-23 10:01:40", answer="2026-11-23 10:01:40",
        end="2026-11-23 10:02:40", billsec="60",
    )  # fmt: skip

    told = only(ASTERISK, first, asked_back, second)

    assert (told.agent, told.wait_seconds, told.talk_seconds) == ("PJSIP/1001", 12, 88 + 60)


def test_a_conversation_that_two_legs_tell_of_counts_once():
    through = asterisk(
        channel="Local/1001@from-queue-1;2", dstchannel="PJSIP/1001-5", dst="1001", uniqueid="1.4"
    )

    assert only(ASTERISK, asterisk(), through).talk_seconds == 88


@pytest.mark.parametrize("end", [16, 17, 20])
def test_a_last_line_that_is_still_being_written_is_no_call_yet(end):
    whole = asterisk(uniqueid="1.2", linkedid="1.2")
    cut = ",".join(whole.split(",")[:end])

    log = ASTERISK.read([asterisk() + "\n", cut])

    assert list(log.calls) == ["1.1"]
    assert log.rejected == [(2, "the line is cut short")]
    assert len(ASTERISK.read([asterisk() + "\n", whole]).calls) == 2


def test_a_line_that_was_read_while_it_was_written_gives_way_to_the_whole_one():
    whole = asterisk()
    cut, read = ASTERISK.parse_line(whole.rpartition(",")[0]), ASTERISK.parse_line(whole)

    assert ASTERISK.merged([cut], [read]) == [read]
    assert ASTERISK.merged([read], [cut]) == [read]


SQL = "INSERT INTO cdr VALUES ({});"
AS_ASTERISK = (
    '"","13800138000","600","public",""王芳" <13800138000>","sofia/external/gw",'
    '"sofia/internal/1001@desk","bridge","user/1001","2026-11-23 10:00:00",'
    '"2026-11-23 10:00:12","2026-11-23 10:01:40","100","88","NORMAL_CLEARING","3","u-1",""'
)


@pytest.mark.parametrize(
    ("line", "agent"),
    [
        (SQL.format(freeswitch()), ""),
        (freeswitch(account="").replace(',"",', ', "",'), ""),
        (freeswitch() + ',"PCMA","PCMA","a telephone","","",""', ""),
        (AS_ASTERISK, "sofia/internal/1001@desk"),
    ],
)
def test_every_template_that_comes_with_freeswitch_is_read(line, agent):
    told = only(FREESWITCH, line)

    assert (told.external_id, told.outcome, told.agent) == ("u-1", "answered", agent)
    assert (told.wait_seconds, told.talk_seconds) == (12, 88)


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("back", ["", "u-1"])
def test_both_legs_of_a_call_are_one_and_the_other_one_says_who_took_it_and_when(back, turn):
    theirs = freeswitch(
        target="1001", start="2026-11-23 10:00:02", answer="2026-11-23 10:00:30", billsec="70",
        uuid="u-2", bleg=back,
    )  # fmt: skip
    legs = [freeswitch(), theirs][::turn]

    told = only(FREESWITCH, *legs)

    assert (told.external_id, told.agent, told.called) == ("u-1", "1001", "600")
    assert (told.wait_seconds, told.talk_seconds) == (30, 70)
    again = FREESWITCH.merged([], map(FREESWITCH.parse_line, legs))
    assert FREESWITCH.fold(again) == told


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (ASTERISK, "1,2,3"),
        (ASTERISK, asterisk(start="yesterday")),
        (ASTERISK, asterisk(start="2026-11-23")),
        (ASTERISK, asterisk(start="0001-01-01 00:00:00")),
        (ASTERISK, asterisk(start="")),
        (ASTERISK, asterisk(start="1970-01-01 08:00:00")),
        (ASTERISK, asterisk(start="9999-12-31 23:59:59")),
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
