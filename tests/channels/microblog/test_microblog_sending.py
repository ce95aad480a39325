"""Answers reach the networks as the right calls, once as far as the network permits."""

import pytest

from channels.errors import ChannelError
from tests.channels.microblog.microblog_help import NOW, CountedCalls, post, send


def test_a_comment_is_answered_where_it_stands(microblog_server):
    receipt = send(microblog_server, post("您好，下周一截止。", "weibo:comment:77.5"))

    [wrote] = microblog_server.wrote("comments/reply")
    assert (wrote["id"], wrote["cid"], wrote["comment"]) == ("77", "5", "您好，下周一截止。")
    assert receipt.identity == f"weibo:comment:77.{microblog_server.last_id}"


def test_a_post_that_names_us_is_commented_on(microblog_server):
    send(microblog_server, post("您好", "weibo:post:88"))

    [wrote] = microblog_server.wrote("comments/create")
    assert (wrote["id"], wrote["comment"]) == ("88", "您好")


def test_a_private_message_is_answered_in_private(microblog_server):
    send(microblog_server, post("100% 收到 & 谢谢", "weibo:message:1764222885:1795399200"))

    [wrote] = microblog_server.wrote("messages/reply")
    assert (wrote["receiver_id"], wrote["text"]) == ("1764222885", "100% 收到 & 谢谢")


def test_a_notice_is_shared(microblog_server):
    receipt = send(microblog_server, post("公告 https://miec.example.cn/n/1"))

    assert microblog_server.wrote("statuses/share")
    assert receipt.identity.startswith("weibo:post:")


def test_a_post_on_x_is_answered_in_its_conversation(microblog_server):
    receipt = send(microblog_server, post("By Monday.", "x:post:30"), "x")

    assert microblog_server.wrote("/2/tweets") == [{"text": "By Monday.", "in_reply_to": "30"}]
    assert receipt.identity == f"x:post:{microblog_server.last_id}"


@pytest.mark.parametrize(
    ("network", "answers"),
    [
        ("weibo", "weibo:comment:77.5"),
        ("weibo", "weibo:post:77"),
        ("weibo", None),
        ("x", "x:post:3"),
    ],
)
def test_an_answer_lost_on_the_way_is_found_and_not_given_twice(microblog_server, network, answers):
    text = "您好 https://miec.example.cn/n/1"
    path = "tweets" if network == "x" else "statuses/share" if answers is None else "comments/"
    microblog_server.fail(path, 0, after=True)
    with pytest.raises(ChannelError) as lost:
        send(microblog_server, post(text, answers), network)
    assert lost.value.code == "unreachable"

    receipt = send(microblog_server, post(text, answers, attempt=2), network)

    assert len(microblog_server.written) == 1
    assert receipt.identity.endswith(str(microblog_server.last_id))


def test_the_same_words_to_another_comment_are_not_taken_for_sent(microblog_server):
    send(microblog_server, post("请看官网", "weibo:comment:77.5"))
    send(microblog_server, post("请看官网", "weibo:comment:77.6", attempt=2))
    send(microblog_server, post("请看官网", "weibo:post:77", attempt=2))

    assert [wrote.get("cid") for wrote in microblog_server.wrote("comments/")] == ["5", "6", None]


def test_a_second_try_of_what_never_arrived_is_sent(microblog_server):
    send(microblog_server, post("您好", "weibo:comment:77.5", attempt=2))

    assert len(microblog_server.wrote("comments/reply")) == 1


def test_the_same_words_to_another_are_not_taken_for_sent(microblog_server):
    send(microblog_server, post("请看官网", "x:post:3"), "x")

    with pytest.raises(ChannelError) as refused:
        send(microblog_server, post("请看官网", "x:post:4"), "x")

    assert (refused.value.code, refused.value.permanent) == ("refused", True)


@pytest.mark.parametrize(
    ("network", "answers"), [("weibo", "weibo:comment:77.5"), ("x", "x:post:77")]
)
def test_a_target_that_is_gone_is_final(microblog_server, network, answers):
    microblog_server.gone.add("77")

    with pytest.raises(ChannelError) as gone:
        send(microblog_server, post("您好", answers), network)

    assert (gone.value.code, gone.value.permanent) == ("refused", True)


def test_not_found_on_x_is_final(microblog_server):
    microblog_server.fail("/2/tweets", 404, {"title": "Not Found", "detail": "gone"})

    with pytest.raises(ChannelError) as gone:
        send(microblog_server, post("您好", "x:post:1"), "x")

    assert (gone.value.code, gone.value.permanent) == ("refused", True)


def test_an_app_that_may_only_read_is_the_accounts_trouble_not_the_posts(microblog_server):
    problem = "https://api.twitter.com/2/problems/oauth1-permissions"
    microblog_server.fail("/2/tweets", 403, {"title": "Forbidden", "type": problem})

    with pytest.raises(ChannelError) as refused:
        send(microblog_server, post("您好", "x:post:1"), "x")

    assert refused.value.code == "not_permitted"


def test_a_limit_says_when_to_send(microblog_server):
    reset = str(int(NOW.timestamp()) + 300)
    microblog_server.fail("/2/tweets", 429, {}, headers={"x-rate-limit-reset": reset})

    with pytest.raises(ChannelError) as limited:
        send(microblog_server, post("您好", "x:post:1"), "x")

    assert limited.value.retry_at.timestamp() == NOW.timestamp() + 300


def test_answers_may_use_what_reading_must_not(microblog_server):
    meter = CountedCalls(reads=75, writes=24)
    send(microblog_server, post("您好", "weibo:post:1"), meter=meter)

    with pytest.raises(ChannelError) as used_up:
        send(microblog_server, post("您好", "weibo:post:1"), meter=meter)

    assert used_up.value.retry_at == NOW.replace(hour=16)
    assert len(microblog_server.calls) == 1
