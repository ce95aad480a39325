"""Missed calls on their way to their tickets: packed in words, those of a number together."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from channels.hotline.call import CallRecord
from helpdesk.extensions import reading, transaction
from helpdesk.models import Inbound, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import intake
from helpdesk.services.desk import search
from helpdesk.services.hotline import call_sources, missed_calls
from helpdesk.services.hotline.missed_calls import Waiting, together

ARRIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def call(number, caller="13900139000", outcome="abandoned"):
    ended = ARRIVED + timedelta(seconds=30)
    who = (f"c{number}", "inbound", caller, "", "600", "")
    return CallRecord(*who, ARRIVED, None, ended, 30.4, 0.0, outcome)


@pytest.fixture
def source(app, now):
    with transaction() as session:
        return call_sources.source_named(session, None, now=now).id


def _stored(source, calls, now):
    with transaction() as session:
        return missed_calls.store(session, source, calls, now=now)


def test_the_calls_of_a_number_go_to_their_ticket_together_the_earliest_first(monkeypatch):
    monkeypatch.setattr(missed_calls, "AT_ONCE", 3)
    waiting = [Waiting(5, "a"), Waiting(1, "a"), Waiting(2, "b"), Waiting(3, "c"), Waiting(4, "b")]

    assert list(together(waiting)) == [[1, 5], [2, 4, 3]]


def test_a_number_that_calls_very_often_is_no_reason_to_keep_others_waiting(monkeypatch):
    monkeypatch.setattr(missed_calls, "AT_ONCE", 2)

    batches = list(together([Waiting(n, "a") for n in range(1, 6)]))

    assert batches == [[1, 2], [3, 4], [5]]
    assert list(together([])) == []


def test_what_is_stored_says_whom_to_ring_back(source, now):
    [waiting] = _stored(source, [call(1, "+86 139 0013 9000")], now)

    assert waiting.number == "13900139000"
    with reading() as session:
        assert session.get_one(Inbound, waiting.inbound_id).external_id == "missed:c1"


def test_a_withheld_number_and_what_is_stored_already_ask_for_nothing_more(source, now):
    _stored(source, [call(1)], now)

    assert _stored(source, [call(1), call(2, caller="")], now) == []
    with reading() as session:
        assert len(session.scalars(select(Inbound.id)).all()) == 1


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("abandoned", "对方挂断。"), ("lost", "日志中没有结束记录。")],
)
def test_the_words_say_how_long_the_caller_waited_and_how_it_ended(source, now, outcome, reason):
    [waiting] = _stored(source, [call(1, outcome=outcome)], now)

    with reading() as session:
        raw = session.get_one(Inbound, waiting.inbound_id).raw
    assert json.loads(raw)["text"] == f"13900139000 在队列 600 等待了 30秒。\n{reason}"


def test_of_very_many_the_log_says_only_what_became_of_how_many(source, now, monkeypatch, caplog):
    monkeypatch.setattr(intake, "MOST_LINES", 1)
    waiting = _stored(source, [call(1), call(2), call(3, caller="13800138000")], now)

    assert missed_calls.bring_in(waiting, now=now) == 2

    [told] = [record.msg for record in caplog.records if "inbound." in str(record.msg)]
    assert (told["event"], told["items"]) == ("inbound.many_processed", 3)
    assert told["became"] == {"created": 2, "appended": 1}


@pytest.mark.parametrize(
    ("caller", "shown"), [("13900139000", "139****9000"), ("057188881234", "057188881234")]
)
def test_the_subject_masks_a_mobile_number_that_can_still_be_searched_for(
    session, source, now, caller, shown
):
    [waiting] = _stored(source, [call(1, caller)], now)
    [outcome] = intake.process([waiting.inbound_id], now=now)

    assert session.get_one(Ticket, outcome.ticket).subject == f"未接来电 {shown}"
    viewer = Viewer(0, "agent", "", "", agent_id=1)
    assert [t.id for t in search.search(session, viewer, caller).tickets] == [outcome.ticket]
