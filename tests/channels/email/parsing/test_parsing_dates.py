"""When a mail was sent, and when the promise's clock starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import RECEIVED_AT, mail, sample, understand

from channels.email.dates import read_date

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 10:00:00 +0800",
        "Mon, 23 Nov 2026 10:00:00 +0800 (CST)",
        "Mon, 23 Nov 2026 10:00:00 +0800 (GMT+08:00)",
        "23 Nov 2026 02:00:00 GMT",
        "Mon, 23 Nov 2026 10:00:00 CST",
        "Mon, 23 Nov 2026 02:00:00 -0000",
        "Mon Nov 23 2026 10:00:00 GMT+0800 (中国标准时间)",
        "Mon, 23 Nov 2026 10:00:00 GMT+8",
        "Mon, 23 Nov 2026 10:00:00 +0800 CST",
        "Mon, 23 Nov 2026 10:00:00 +0800Received: from a by b; Tue, 24 Nov 2026",
        "2026-11-23 10:00:00 +0800",
        "2026-11-23T10:00:00+08:00",
        "2026年11月23日 02:00:00",
    ],
)
def test_dates_are_read_in_every_notation(text):
    assert read_date(text) == TEN


@pytest.mark.parametrize("text", ["", "soon", "Mon, 99 Foo 2026 99:99:99", "0000-00-00", "(" * 300])
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


@given(st.text(max_size=120))
def test_no_text_stops_the_reading_of_a_date(text):
    read_date(text)


def test_an_ordinary_mail_happened_when_its_writer_sent_it():
    message = mail("hello")
    assert message.happened_at == TEN
    assert message.claimed_at == TEN


def test_a_clock_in_the_future_cannot_delay_a_promise():
    message = sample("header-clock-in-the-future")
    assert message.happened_at == datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC)
    assert message.claimed_at.year == 2037


def test_a_clock_in_the_past_cannot_break_a_promise_before_it_was_made():
    message = sample("header-clock-in-the-past")
    assert message.happened_at == datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC)


def test_without_any_believable_clock_the_arrival_counts():
    message = understand(b"From: a@b.cn\r\nDate: Thu, 1 Jan 2015 00:00:00 +0800\r\n\r\nx")
    assert message.happened_at == RECEIVED_AT
    assert understand(b"From: a@b.cn\r\n\r\nx").happened_at == RECEIVED_AT


def test_an_old_date_counts_when_a_server_saw_the_mail_then():
    raw = (
        b"Received: from a by b; Thu, 1 Jan 2015 00:00:09 +0800\r\nFrom: a@b.cn\r\n"
        b"Date: Thu, 1 Jan 2015 00:00:00 +0800\r\n\r\nx"
    )
    assert understand(raw).happened_at == datetime(2014, 12, 31, 16, 0, tzinfo=UTC)


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=4000)))
def test_no_date_puts_a_mail_into_the_future(distance):
    moment = RECEIVED_AT + distance
    raw = f"From: a@b.cn\r\nDate: {moment:%d %b %Y %H:%M:%S} +0000\r\n\r\nx".encode()
    assert understand(raw).happened_at <= RECEIVED_AT
