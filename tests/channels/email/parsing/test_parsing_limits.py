"""Poison mail ends in the quarantine with its reason, and quickly (BEHAVIOURS 25)."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import HEAD, SAMPLES, html, mail, sample, understand

from channels.email.limits import Limits
from channels.email.quotes import reply_text
from channels.errors import UnreadableMessage


def refusal(raw: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        understand(raw, limits)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nested-too-deep.eml", "nested_too_deep"),
        ("too-many-parts.eml", "too_many_parts"),
        ("empty.eml", "empty"),
        ("picture.png", "not_a_mail"),
    ],
)
def test_what_cannot_be_read_says_why(name, code):
    """BEHAVIOURS 25."""
    assert refusal((SAMPLES / "unreadable" / name).read_bytes()) == code


def test_a_mail_beyond_the_size_limit_is_refused_before_it_is_read():
    """BEHAVIOURS 25."""
    assert refusal(HEAD + b"\r\n" + b"x" * 1000, Limits(size=1000)) == "too_big"


def test_a_header_beyond_its_limit_is_refused():
    """BEHAVIOURS 25."""
    assert refusal(HEAD + b"a: b\r\n" * 1000, Limits(header_block=5000)) == "header_too_big"


def test_a_mail_that_takes_too_long_is_given_up():
    """BEHAVIOURS 25: parsing has a time limit."""
    assert refusal(HEAD + b"\r\nhello", Limits(seconds=-1)) == "too_slow"


def test_one_very_long_field_is_cut_short_and_the_mail_is_read():
    message = mail("hello", "Subject: " + "很长" * 50_000)
    assert len(message.subject) == 1000
    assert message.text == "hello"
    assert "cut short" in message.warnings[0]


def test_a_very_long_text_is_cut_short_with_a_warning():
    limits = replace(Limits(), text=10)
    message = understand(HEAD + b"\r\n" + b"0123456789abc", limits)
    assert message.text == message.reply_text == "0123456789"
    assert "cut short" in message.warnings[0]


def test_very_long_html_is_cut_short_with_a_warning():
    limits = replace(Limits(), html=20)
    raw = HEAD + b"Content-Type: text/html\r\n\r\n<p>0123456789</p><p>0123456789</p>"
    message = understand(raw, limits)
    assert message.text.startswith("0123456789")
    assert "cut short" in message.warnings[0]


def test_control_characters_never_reach_the_database():
    message = sample("header-control-characters")
    assert "\0" not in repr(message)
    assert message.text == "NUL  here"


BODIES = [
    ">",
    "> ",
    ">\n",
    "=?",
    " ",
    "\n",
    "在",
    "在2026 ",
    "On 2026 ",
    "发件人: a\n",
    "-- \n",
    "> a\nb\n",
    "a@b ",
    "|\n",
    "[ref:",
    "wrote:\n",
    "a:\n",
    "_" * 40 + "\n",
    "-" * 400 + "\n",
    "|" * 400 + ":\n",
]
MARKUP = [
    "<",
    "&",
    "<p",
    "<!--",
    "<div>",
    "<b>x",
    "<a href='",
    "<blockquote type=cite>",
    "<table><tr><td>",
    "<li>a",
]
FIELDS = [
    "=?",
    "=?a?Q?",
    '"',
    '\\"',
    "(",
    "<",
    'a="\\";',
    ";a*0*=b",
    "a@b,",
    "\r\n ",
    ":",
    'a="b"c ',
]


@pytest.mark.parametrize("unit", BODIES)
def test_a_body_of_one_thing_repeated_is_read_in_linear_time(unit):
    """BEHAVIOURS 25: a quadratic step would not come back from a megabyte."""
    assert mail(unit * (1_000_000 // len(unit))).identity == "<1@odd.example>"


@pytest.mark.parametrize("unit", MARKUP)
def test_markup_of_one_thing_repeated_is_read_in_linear_time(unit):
    """BEHAVIOURS 25."""
    assert html(unit * (1_000_000 // len(unit))).identity == "<1@odd.example>"


@pytest.mark.parametrize("unit", FIELDS)
@pytest.mark.parametrize("name", ["Subject", "To", "References", "Content-Type", "Date"])
def test_a_field_of_one_thing_repeated_is_read_in_linear_time(name, unit):
    """BEHAVIOURS 25."""
    assert mail("x", f"{name}: {unit * (60_000 // len(unit))}").identity == "<1@odd.example>"


@given(st.binary(max_size=1500))
def test_any_bytes_are_read_or_refused_but_never_raise(data):
    """BEHAVIOURS 25: the loop goes on with the next mail."""
    with suppress(UnreadableMessage):
        understand(data)
    understand(HEAD + data)


PIECES = [
    b"Content-Type: text/html; charset=gb2312\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%E4\r\n",
    b"Return-Path: <>\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Action: failed\r\n",
    b"\xc4\xe3",
    b"<p>x",
    b"=?gbk?B?xOO=?=",
    b"\x00",
    b"Content-Type: message/rfc822\r\n",
    b"Subject: Undelivered\r\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_mixture_of_mail_parts_is_read(pieces):
    message = understand(HEAD + b"".join(pieces))
    for text in (message.subject, message.text, message.reply_text, message.html or ""):
        assert "\0" not in text
        text.encode("utf-8")


def test_long_lines_of_dashes_cost_no_more_than_short_ones():
    def seconds(length: int) -> float:
        text = f"{'-' * length}:\n" * (200_000 // length)
        spent = []
        for _ in range(3):
            start = time.process_time()
            reply_text(text)
            spent.append(time.process_time() - start)
        return min(spent)

    assert seconds(400) < seconds(40)
