"""The thin lines of a conversation: every beat of a clock has its words, or says nothing."""

import pytest

from helpdesk.labels import label
from helpdesk.presentation.events import SILENT, event_words
from helpdesk.services.promises.clock_log import PREFIX
from sla import events

pytestmark = pytest.mark.usefixtures("speech")


@pytest.mark.parametrize("kind", sorted({"start", *events._FOLDS}))
def test_every_beat_of_a_clock_is_told_in_words(kind):
    line = event_words(PREFIX + kind, {}, "system")

    assert PREFIX + kind in SILENT or line.text != PREFIX + kind


def test_a_reply_that_did_not_arrive_is_owed_again():
    assert event_words("clock.retract", {}, "system").tone == "broken"


def test_a_name_that_turns_the_line_round_is_told_straight():
    line = event_words("ticket.opened", {}, "\u202egnp.exe")

    assert line.text == "由 gnp.exe 创建"


def test_a_subject_without_end_does_not_fill_the_page():
    line = event_words("ticket.subject", {"to": "很长" * 200}, "陈静")

    assert len(line.text) < 100


def test_each_promise_is_told_by_its_name():
    """BEHAVIOURS 15: an overdue solution is no overdue first reply."""
    for metric in ("next_reply", "resolution", "callback", "visit_report"):
        for kind in ("clock.warn", "clock.breach", "clock.meet", "clock.retract"):
            assert label(metric, "metric") in event_words(kind, {}, "system", metric).text
