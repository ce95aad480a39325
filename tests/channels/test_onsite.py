"""A request for a visit survives being packed raw, and nothing else is taken for one."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.errors import UnreadableMessage
from channels.message import Attachment, Handle, RawItem, VisitWish
from channels.onsite import visit_item
from channels.registry import channel
from channels.web import form_item

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZHOU = Handle("email", "zhou@college.test", "周敏")
WISH = VisitWish(
    place="成都市武侯区 3 号楼 201",
    purpose="考场验收",
    contact="周敏",
    phone="13800138000",
    dates=(
        (datetime(2026, 11, 26, 1, 0, tzinfo=UTC), datetime(2026, 11, 26, 4, 0, tzinfo=UTC)),
        (datetime(2026, 11, 27, 6, 0, tzinfo=UTC), datetime(2026, 11, 27, 8, 0, tzinfo=UTC)),
    ),
)


def packed(wish: VisitWish = WISH, **more) -> RawItem:
    return visit_item(
        wish, submission="a", now=NOW, author=ZHOU, subject="考场验收", text="请来看看", **more
    )


def test_place_dates_purpose_and_contact_come_out_as_they_went_in():
    photo = Attachment("机房.png", "image/png", b"\x89PNG")

    message = channel("onsite").understand(
        packed(attachments=[photo], topic="venue_decoration", ticket=7)
    )

    assert message.visit == WISH
    assert (message.channel, message.subject, message.text) == ("onsite", "考场验收", "请来看看")
    assert (message.topic, message.ticket, message.attachments) == ("venue_decoration", 7, (photo,))
    assert message.happened_at == NOW
    assert message.author == ZHOU


def test_a_visit_without_wished_dates_is_one_all_the_same():
    message = channel("onsite").understand(packed(replace(WISH, dates=())))

    assert message.visit.dates == ()


def test_a_plain_form_of_the_website_asks_for_no_visit():
    item = form_item(submission="a", now=NOW, author=ZHOU, subject="s", text="t")

    assert channel("web").understand(item).visit is None


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("visit"),
        lambda fields: fields["visit"].pop("place"),
        lambda fields: fields["visit"].update(dates=[["tomorrow", "later"]]),
        lambda fields: fields["visit"].update(dates=[["2026-11-26T09:00", "2026-11-26T12:00"]]),
        lambda fields: fields["visit"].update(dates=[["2026-11-26T09:00+08:00"]]),
        lambda fields: fields.update(visit="a string"),
    ],
)
def test_what_is_no_request_for_a_visit_is_refused(change):
    item = packed()
    fields = json.loads(item.raw)
    change(fields)

    with pytest.raises(UnreadableMessage) as refused:
        channel("onsite").understand(replace(item, raw=json.dumps(fields).encode()))
    assert refused.value.code == "not_a_form"


def test_bytes_that_are_no_form_are_refused():
    with pytest.raises(UnreadableMessage):
        channel("onsite").understand(replace(packed(), raw=b"\xff\x00"))
