"""Reading both networks: every post once, whatever page sizes and crashes, within the limits."""

from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.errors import ChannelError
from channels.microblog.budget import next_hour
from channels.microblog.channel import MicroblogChannel
from tests.channels.microblog.microblog_help import (
    NOW,
    CountedCalls,
    Office,
    account,
    fetch,
    texts,
)

PATHS = {"weibo": "statuses/mentions", "x": "/mentions"}
FRESH = {"weibo": '{"mentions":[0,null,null]}', "x": '{"mentions":[0,null,null]}'}


def _say(server, network, count, *, first=0):
    tell = server.mention if network == "weibo" else server.tweet
    for n in range(first, first + count):
        tell(f"第{n}条", at=NOW - timedelta(hours=1))


def _store_until_cut(server, network, stored, cursor, cut):
    """Read as a worker does that dies after so many stored batches; return the kept cursor."""
    with closing(MicroblogChannel().source(account(server, network))) as source:
        for number, batch in enumerate(source.fetch(cursor, now=NOW)):
            if number == cut:
                return cursor
            stored += [item.external_id for item in batch.items if item.external_id not in stored]
            cursor = batch.cursor
    return cursor


@pytest.mark.parametrize("network", ["weibo", "x"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    page_size=st.integers(1, 6),
    arrivals=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 5), max_size=5),
)
def test_every_post_is_stored_once_however_it_is_paged_and_cut(
    microblog_server, *, network, page_size, arrivals, cuts
):
    microblog_server.lists.clear()
    microblog_server.page_size = page_size
    stored, cursor, said = [], FRESH[network], 0
    for count in arrivals:
        _say(microblog_server, network, count, first=said)
        said += count
        cut = cuts.pop() if cuts else None
        cursor = _store_until_cut(microblog_server, network, stored, cursor, cut)
    for _ in range(2):  # what came in while old pages were outstanding needs another look
        cursor = _store_until_cut(microblog_server, network, stored, cursor, None)

    assert len(stored) == len(set(stored)) == said


@pytest.mark.parametrize("network", ["weibo", "x"])
def test_the_cursor_stays_until_the_last_page_is_stored(microblog_server, network):
    microblog_server.page_size = 2
    _say(microblog_server, network, 5)

    with closing(MicroblogChannel().source(account(microblog_server, network))) as source:
        fetched = source.fetch(FRESH[network], now=NOW)
        first = next(fetched)
    assert '"mentions":[0,' in first.cursor

    _items, cursor = fetch(microblog_server, network, first.cursor)
    assert '"mentions":[0,' not in cursor


@pytest.mark.parametrize("network", ["weibo", "x"])
def test_pages_already_stored_are_not_asked_for_again(microblog_server, network):
    microblog_server.page_size = 2
    _say(microblog_server, network, 6)
    with closing(MicroblogChannel().source(account(microblog_server, network))) as source:
        batch = next(source.fetch(FRESH[network], now=NOW))

    items, _ = fetch(microblog_server, network, batch.cursor)

    assert len(items) == 4


@pytest.mark.parametrize("network", ["weibo", "x"])
def test_an_account_connected_for_the_first_time_brings_a_week(microblog_server, network):
    tell = microblog_server.mention if network == "weibo" else microblog_server.tweet
    tell("去年", at=NOW - timedelta(days=300))
    tell("昨天", at=NOW - timedelta(days=1))

    items, cursor = fetch(microblog_server, network)

    assert texts(items) == ["昨天"]
    assert fetch(microblog_server, network, cursor)[0] == []


def test_an_account_can_bring_everything(microblog_server):
    microblog_server.page_size = 2
    for n in range(5):
        microblog_server.mention(f"{n}", at=NOW - timedelta(days=300 - n))

    items, _ = fetch(microblog_server, start="oldest")

    assert sorted(texts(items)) == ["0", "1", "2", "3", "4"]


def test_comments_and_mentions_are_read_and_one_in_both_lists_is_one(microblog_server):
    microblog_server.mention("@认证办 你好", at=NOW)
    both = ("comments/to_me", "comments/mentions")
    microblog_server.comment("@认证办 请问", at=NOW, lists=both)

    items, _ = fetch(microblog_server)

    assert sorted({item.external_id.partition(":")[0] for item in items}) == ["comment", "mention"]
    assert len({item.external_id for item in items}) == 2


def test_a_page_that_x_sends_empty_does_not_end_the_list(microblog_server):
    _say(microblog_server, "x", 1)
    token = str(microblog_server.last_id + 1)
    microblog_server.fail("/mentions", 200, {"meta": {"result_count": 0, "next_token": token}})

    items, _ = fetch(microblog_server, "x", FRESH["x"])

    assert texts(items) == ["第0条"]


@pytest.mark.parametrize("code", [10022, "10023", 10024])
def test_weibos_limits_postpone_the_next_look_to_the_next_hour(microblog_server, code):
    microblog_server.fail_weibo("statuses/mentions", code)

    with pytest.raises(ChannelError) as limited:
        fetch(microblog_server)

    assert limited.value.code == "rate_limited"
    assert limited.value.retry_at == next_hour(NOW)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 421)}, timedelta(seconds=421)),
        ({}, timedelta(minutes=15)),
        ({"x-rate-limit-reset": "0"}, timedelta(seconds=15)),
    ],
)
def test_xs_limit_postpones_the_next_look_until_it_counts_anew(microblog_server, headers, wait):
    microblog_server.fail("/mentions", 429, {"title": "Too Many Requests"}, headers=headers)

    with pytest.raises(ChannelError) as limited:
        fetch(microblog_server, "x")

    assert limited.value.retry_at == NOW + wait
    assert len(microblog_server.calls) == 1  # nobody slept and asked again


@pytest.mark.parametrize("network", ["weibo", "x"])
def test_an_expired_token_says_what_to_do(microblog_server, network):
    with pytest.raises(ChannelError) as expired:
        fetch(microblog_server, network, token="env:OLD")

    assert expired.value.code == "token_expired"
    assert "put" in expired.value.sentence
    assert "old" not in expired.value.sentence


@pytest.mark.parametrize("code", [10014, 10004])
def test_a_permission_that_was_withdrawn_says_what_to_do(microblog_server, code):
    microblog_server.fail_weibo("statuses/mentions", code)

    with pytest.raises(ChannelError) as refused:
        fetch(microblog_server)

    assert refused.value.code == "not_permitted"
    assert "app" in refused.value.sentence


def test_x_without_permission_says_what_to_do(microblog_server):
    microblog_server.fail("/mentions", 403, {"title": "Forbidden", "detail": "no access"})

    with pytest.raises(ChannelError) as refused:
        fetch(microblog_server, "x")

    assert refused.value.code == "not_permitted"


@pytest.mark.parametrize("network", ["weibo", "x"])
@pytest.mark.parametrize(
    ("status", "body"), [(502, "<html>Bad Gateway</html>"), (200, "<html>"), (503, ""), (0, "")]
)
def test_a_network_in_trouble_is_tried_later(microblog_server, network, status, body):
    microblog_server.fail(PATHS[network], status, body, times=9)

    with pytest.raises(ChannelError) as trouble:
        fetch(microblog_server, network)

    assert trouble.value.code == "unreachable"
    assert not trouble.value.permanent
    assert "a-token" not in trouble.value.sentence


def test_x_can_be_read_with_signed_calls(microblog_server):
    _say(microblog_server, "x", 1)
    keys = {"app_key": "env:K", "app_secret": "env:S", "token_secret": "env:S"}

    items, _ = fetch(microblog_server, "x", FRESH["x"], **keys)

    assert len(items) == 1
    assert microblog_server.calls[0].headers["Authorization"].startswith("OAuth ")


def test_calls_are_counted_and_a_day_without_any_left_brings_nothing(microblog_server):
    microblog_server.mention("你好", at=NOW)
    meter = CountedCalls()
    fetch(microblog_server, meter=meter)
    assert meter.reads == len(microblog_server.calls) == 3

    meter.reads = 75
    items, _ = fetch(microblog_server, meter=meter)
    assert items == []
    assert len(microblog_server.calls) == 3
    with closing(
        MicroblogChannel().source(account(microblog_server, meter=meter, hours=Office()))
    ) as source:
        assert source.next_poll(NOW) == NOW.replace(hour=16)  # midnight in Shanghai


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": "tencent"},
        {"uid": ""},
        {"uid": "@miec"},
        {"token": "env:GONE"},
        {"api": "weibo"},
    ],
)
def test_settings_that_cannot_work_say_what_to_correct(microblog_server, wrong):
    with pytest.raises(ChannelError) as refused:
        MicroblogChannel().source(account(microblog_server, **wrong))

    assert refused.value.code == "misconfigured"


def test_only_accounts_with_a_token_on_a_living_network_are_read():
    channel = MicroblogChannel()

    assert channel.is_polled({"network": "weibo", "token": "env:T"})
    assert not channel.is_polled({"network": "weibo"})
    assert not channel.is_polled({"network": "tencent", "token": "env:T"})
    assert not channel.is_polled({})
