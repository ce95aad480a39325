"""Why something became no ticket: the parsers' sentences are told in the reader's language."""

import re

import pytest

from channels.email.channel import understand_bytes
from channels.email.limits import Budget, Limits
from channels.email.oversize import NotFetched
from channels.errors import UnreadableMessage
from helpdesk.i18n import speaking
from helpdesk.presentation.reasons import reason_words
from tests.web.pages import at

BUDGET = Budget(Limits(parts=0, nesting=20, header_block=1000))


def said(refused) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        refused()
    return str(caught.value)


@pytest.mark.parametrize(
    "sentence",
    [
        said(BUDGET.count_part),
        said(lambda: BUDGET.check_depth(21)),
        said(lambda: BUDGET.check_header(1001)),
        said(lambda: understand_bytes(b"", received_at=at("23 10:00"))),
        said(lambda: understand_bytes(b"no mail", received_at=at("23 10:00"))),
        NotFetched(2000, 1000).sentence,
        NotFetched(10, 1000).sentence,
        "an automatic reply that belongs to no ticket",
        "the desk failed on it: 7",
    ],
)
def test_a_reason_is_told_in_chinese(app, sentence):
    with app.app_context(), speaking("zh"):
        told = reason_words(sentence)

    assert not re.search("[a-z]{2}", told)


def test_a_reason_that_is_not_known_is_told_as_it_was_said():
    assert reason_words("The moon was full.") == "The moon was full."
    assert reason_words(None) == "—"
