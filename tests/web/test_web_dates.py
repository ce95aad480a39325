"""Dates and amounts as people say them, in both languages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.i18n import speaking
from helpdesk.presentation import dates, quantities
from tests.web.pages import SHANGHAI, at

NOW = at("23 10:40")


def told(text: str) -> str:
    return dates.when(at(text), now=NOW, zone=SHANGHAI)


@pytest.mark.usefixtures("speech")
class TestDates:
    def test_next_to_today_the_day_has_a_name(self):
        assert told("23 17:10") == "今天 17:10"
        assert told("24 10:22") == "明天 10:22"
        assert told("22 09:05") == "昨天 09:05"

    def test_other_days_carry_their_weekday(self):
        assert told("20 11:18") == "11月20日 周五 11:18"

    def test_another_year_is_said(self):
        assert dates.plain_day(date(2027, 1, 4), today=date(2026, 11, 23)) == "2027年1月4日 周一"

    def test_english_says_them_its_own_way(self):
        with speaking("en"):
            assert told("23 17:10") == "17:10 today"
            assert told("20 11:18") == "Fri 20 Nov 11:18"

    def test_a_day_begins_in_the_desks_own_zone(self):
        late = at("24 00:30")  # still the 23rd in UTC

        assert dates.when(late, now=NOW, zone=SHANGHAI) == "明天 00:30"

    def test_a_mail_never_says_today(self):
        assert dates.stamp(at("24 10:00"), now=NOW, zone=SHANGHAI) == "11月24日 周二 10:00"

    def test_the_exact_time_has_seconds_and_offset(self):
        assert dates.exact(NOW, zone=SHANGHAI) == "2026-11-23 10:40:00 +08:00"


@pytest.mark.usefixtures("speech")
class TestSpans:
    @pytest.mark.parametrize(
        ("minutes", "words"),
        [
            (0.4, "不到1分"),
            (45, "45分"),
            (60, "1小时"),
            (65, "1小时05分"),
            (200.9, "3小时20分"),
            (6000, "100小时"),
        ],
    )
    def test_spans_are_told_in_hours_and_minutes(self, minutes, words):
        assert quantities.span(minutes) == words

    def test_english_spans(self):
        with speaking("en"):
            assert quantities.span(200) == "3 h 20 min"
            assert quantities.span(45) == "45 min"


class TestShares:
    def test_nothing_offered_has_no_rate(self):
        assert quantities.share(0, 0) == "—"

    def test_a_share_is_cut_and_never_rounded_up_to_a_kept_promise(self):
        assert quantities.share(8499, 10_000) == "84.9%"
        assert quantities.share(351, 356) == "98.5%"
        assert quantities.share(85, 100) == "85%"

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_what_is_shown_is_never_more_than_what_is(self, part, whole):
        shown = float(quantities.share(part, whole).rstrip("%"))

        assert shown <= 100 * part / whole + 1e-9
        assert 100 * part / whole - shown < 0.1 + 1e-9


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (219_136, "214 KB"),
        (25 * 2**20, "25 MB"),
    ],
)
def test_sizes_are_told_in_the_unit_people_know(size, words):
    assert quantities.file_size(size) == words


def test_a_mobile_number_is_masked_and_other_numbers_are_not():
    assert quantities.masked_phone("来电 15712969460") == "来电 157****9460"
    assert quantities.masked_phone("91110000600037341") == "91110000600037341"


def test_a_count_stops_at_its_cap():
    assert quantities.capped(100, 99) == "99+"
    assert quantities.capped(99, 99) == "99"


def test_quoted_history_is_what_follows_the_new_part():
    assert quantities.quoted_part("好的。", "好的。\n\n> 您好") == "> 您好"
    assert quantities.quoted_part("好的。", None) == ""
