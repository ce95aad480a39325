"""Telephone numbers: one form for each line, however it was written; refusals for the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline.channel import line_number
from channels.hotline.numbers import phone_number


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("13800280017", "13800280017"),
        ("+86 138-0028-0017", "13800280017"),
        ("００８６１３８００２８００１７", "13800280017"),
        ("013800280017", "13800280017"),
        ("8613800280017", "13800280017"),
        ("+86 0138 0028 0017", "13800280017"),
        ("010-62001234", "01062001234"),
        ("(010) 6200 1234", "01062001234"),
        ("+86 (10) 6200-1234 转 8", "01062001234-8"),
        ("0571-87654321-123", "057187654321-123"),
        ("0571–8765432–1", "05718765432-1"),
        ("400-810-1234", "4008101234"),
        ("8008101234", "8008101234"),
    ],
)
def test_a_line_has_one_form_however_it_is_written(written, line):
    assert phone_number(written) == line


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12345",
        "12800280017",
        "138002800171",
        "010-123",
        "0571-87654321-1234567",
        "周敏",
        "+1 202 555 0100",
        "1" * 500,
    ],
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError):
        phone_number(written)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text):
    try:
        line = phone_number(text)
    except ValueError:
        return
    assert phone_number(line) == line


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("+86 138 0028 0017", "13800280017"),
        ("17000280017转1234", "17000280017-1234"),
        ("17000280017,1234", "17000280017-1234"),
        ("62001234", "62001234"),
        ("anonymous", ""),
    ],
)
def test_a_caller_is_rung_back_at_the_line_that_the_exchange_wrote(written, line):
    assert line_number(written) == line
