"""What both networks tell about a post becomes the same kind of message."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.errors import UnreadableMessage
from channels.message import RawItem
from channels.microblog.channel import MicroblogChannel, subject_of
from channels.microblog.posts import is_private, packed, weibo_time
from tests.channels.microblog.microblog_help import NOW
from tests.servers.microblog import UID
from tests.servers.microblog import weibo_time as written

WHO = {"id": 1764222885, "idstr": "1764222885", "screen_name": "安卓新手村"}
OURS = {"id": int(UID), "idstr": UID, "screen_name": "认证办"}


def understood(kind, post, *, network="weibo", author=None, received=NOW):
    raw = packed(network, kind, UID, post, author)
    return MicroblogChannel().understand(RawItem(f"{kind}:1", raw, received))


def status(number=77, user=WHO, text="@认证办 怎么报名？", **more):
    return {
        "id": number,
        "idstr": str(number),
        "created_at": "Mon Nov 23 09:50:25 +0800 2026",
        "text": text,
        "user": user,
        **more,
    }


def comment(number=5, *, under=None, **more):
    return status(number, status=under or status(user=OURS), **more)


def tweet(**more):
    return {
        "id": "12",
        "text": "@miec how do I register?",
        "author_id": "9001",
        "created_at": "2026-11-23T01:50:25.000Z",
        "conversation_id": "12",
        **more,
    }


def test_a_mention_on_weibo():
    message = understood("mention", status())

    assert message.identity == "weibo:post:77"
    assert (message.author.kind, message.author.value) == ("weibo", "1764222885")
    assert message.author.name == "安卓新手村"
    assert message.subject == "怎么报名？"
    assert message.text == "@认证办 怎么报名？"
    assert message.happened_at == datetime(2026, 11, 23, 1, 50, 25, tzinfo=UTC)
    assert message.thread_keys == ("weibo:talk:77",)


def test_numbers_that_json_readers_break_are_taken_as_text():
    exact = "5220000000000000123"

    assert understood("mention", status(idstr=exact)).identity == f"weibo:post:{exact}"


def test_comments_under_our_own_post_are_a_matter_of_each_writer():
    one, other = comment(5), comment(6, user={**WHO, "idstr": "42"})

    assert understood("comment", one).identity == "weibo:comment:77.5"
    assert understood("comment", one).thread_keys[-1] == "weibo:talk:77:1764222885"
    assert understood("comment", other).thread_keys[-1] == "weibo:talk:77:42"


def test_comments_under_somebodys_post_belong_to_that_post():
    message = understood("comment", comment(5, under=status(80)))

    assert message.thread_keys == ("weibo:post:80", "weibo:talk:80")


def test_a_comment_that_answers_ours_names_it_first():
    message = understood("comment", comment(9, reply_comment={"id": 5, "idstr": "5"}))

    assert message.in_reply_to == "weibo:comment:77.5"


def test_what_we_wrote_ourselves_is_known():
    assert understood("comment", comment(user=OURS)).auto == "own"


def test_a_comment_under_a_post_that_was_deleted_is_still_read():
    gone = {"id": 77, "idstr": "77", "deleted": "1", "text": "抱歉，此微博已被作者删除。"}

    assert understood("comment", comment(under=gone)).text == "@认证办 怎么报名？"


@pytest.mark.parametrize("post", [status(deleted="1"), status(user=None)])
def test_a_post_that_was_deleted_before_it_was_read_is_told_as_such(post):
    with pytest.raises(UnreadableMessage) as unreadable:
        understood("mention", post)
    assert unreadable.value.code == "deleted"


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"{}", b'{"network":"x","kind":"mention","self":1,"post":{}}', b"\xff"],
)
def test_what_is_no_post_is_quarantined(raw):
    with pytest.raises(UnreadableMessage):
        MicroblogChannel().understand(RawItem("mention:1", raw, NOW))


def test_a_post_from_the_future_happened_when_it_was_read():
    ahead = status(created_at=written(NOW + timedelta(hours=1)))

    assert understood("mention", ahead).happened_at == NOW


def test_a_long_post_is_read_whole():
    long = status(longText={"longTextContent": "全文" * 200})

    assert understood("mention", long).text == "全文" * 200


def test_a_mention_on_x():
    author = {"id": "9001", "username": "xiaoyu", "name": "Xiao Yu"}
    message = understood("mention", tweet(), network="x", author=author)

    assert message.identity == "x:post:12"
    assert (message.author.kind, message.author.value) == ("x", "9001")
    assert message.author.name == "Xiao Yu"
    assert message.thread_keys == ("x:talk:12",)


def test_a_reply_on_x_names_what_it_answers_and_its_conversation():
    answered = [{"type": "replied_to", "id": "30"}, {"type": "quoted", "id": "4"}]
    message = understood(
        "mention", tweet(conversation_id="7", referenced_tweets=answered), network="x"
    )

    assert message.thread_keys == ("x:post:30", "x:talk:7")


def test_replies_to_our_own_announcement_are_a_matter_of_each_writer():
    direct = {
        "conversation_id": "7",
        "referenced_tweets": [{"type": "replied_to", "id": "7"}],
        "in_reply_to_user_id": UID,
    }

    assert understood("mention", tweet(**direct), network="x").thread_keys[-1] == "x:talk:7:9001"


def test_an_edited_post_on_x_joins_what_it_was_before():
    message = understood("mention", tweet(edit_history_tweet_ids=["10", "11", "12"]), network="x")

    assert message.thread_keys[:2] == ("x:post:11", "x:post:10")


def test_a_private_message():
    push = {
        "type": "text",
        "receiver_id": int(UID),
        "sender_id": 1764222885,
        "created_at": "Mon Nov 23 09:50:25 +0800 2026",
        "text": "我的手机号是13800138000",
        "data": {},
    }
    message = understood("message", push)

    assert is_private(message.identity)
    assert message.author.value == "1764222885"
    assert message.thread_keys == (f"weibo:private:{UID}:1764222885",)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("image", "[图片]"), ("voice", "[语音]"), ("position", "[位置] 116.3, 39.9")],
)
def test_a_private_picture_or_place_is_told_in_words(kind, said):
    data = {"longitude": "116.3", "latitude": "39.9"} if kind == "position" else {"tovfid": 1}
    push = {
        "type": kind,
        "receiver_id": 1,
        "sender_id": 2,
        "created_at": "Mon Nov 23 09:50:25 +0800 2026",
        "text": "",
        "data": data,
    }

    assert understood("message", push).text == said


def test_weibo_times_do_not_depend_on_the_machines_language():
    assert weibo_time("Wed Jun 01 00:50:25 +0800 2011") == datetime(
        2011, 5, 31, 16, 50, 25, tzinfo=UTC
    )
    assert weibo_time(written(NOW)) == NOW
    with pytest.raises(ValueError, match="no time"):
        weibo_time("2011-06-01 00:50:25")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("回复@认证办: 谢谢", "谢谢"),
        ("@认证办 @别人，请问\n如何报名", "请问 如何报名"),
        ("@认证办", "@认证办"),
        ("字" * 100, "字" * 59 + "…"),
    ],
)
def test_a_subject_is_what_was_said_without_the_names(text, subject):
    assert subject_of(text) == subject


def test_what_no_database_can_store_is_replaced():
    assert understood("mention", status(text="a\0b\ud800")).text == "a\ufffdb\ufffd"
