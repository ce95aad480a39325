"""The desk on Weibo and X: conversations become tickets, answers leave once, limits are kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from channels.microblog.posts import is_private
from helpdesk.errors import Conflict, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import (
    Center,
    ChannelAccount,
    Event,
    Inbound,
    Message,
    Notification,
    Outbox,
    Person,
    PostThread,
    Target,
    Ticket,
)
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import properties, replies
from helpdesk.services.microblog import microblog_replies, microblogs
from helpdesk.services.operations import heartbeats, housekeeping
from helpdesk.services.promises import verification
from helpdesk.services.sending import delivery
from helpdesk.services.sending.delivery_outcomes import BACKOFF, TOKEN_WAIT
from tests.servers.microblog import UID
from tests.services.microblog.microblogs import WORKER, Blog, add_account, set_secrets
from tests.services.people import agent

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LONG = "请登录官网并在人才库中用证书编号激活后填写简历，企业会通过平台联系您。" * 6


@pytest.fixture
def weibo(session, microblog_server, monkeypatch, now) -> Blog:
    set_secrets(monkeypatch)
    return Blog(session, microblog_server, add_account(session, microblog_server, now=now), now)


@pytest.fixture
def x(session, microblog_server, monkeypatch, now) -> Blog:
    set_secrets(monkeypatch)
    number = add_account(session, microblog_server, "x", now=now, name="MIEC")
    return Blog(session, microblog_server, number, now)


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def asked(weibo, now):
    """Return the ticket of somebody who mentioned the office an hour ago."""
    weibo.server.mention("@认证办 中级考试什么时候报名？", at=now - HOUR)
    assert weibo.read() == ["created"]
    return weibo.tickets()[0]


# what comes in


def test_a_mention_becomes_a_ticket_of_a_person_with_that_handle(weibo, asked, now):
    person = asked.requester

    assert (asked.channel, asked.subject) == ("microblog", "中级考试什么时候报名？")
    assert asked.account_id == weibo.id
    assert asked.started_at == now - HOUR
    assert (person.name, person.center) == ("安卓新手村", None)
    assert [(a.kind, a.value) for a in person.addresses] == [("weibo", "1764222885")]
    assert asked.targets[0].state == "running"


def test_each_post_is_read_once(weibo, asked):
    assert weibo.read() == []
    assert len(weibo.tickets()) == 1


def test_a_conversation_on_weibo_is_one_ticket(weibo, asked, session, now):
    under = asked.messages[0].identity.removeprefix("weibo:post:")
    said = {"under": under, "own_post": False, "lists": ("comments/mentions",)}
    weibo.server.comment("@认证办 补充一下", at=now, **said)
    weibo.server.comment("@认证办 同问", at=now, uid="42", name="路人", **said)

    assert weibo.read() == ["appended", "appended"]
    assert len(weibo.tickets()) == 1


def test_two_people_under_our_own_announcement_are_two_tickets(weibo, now):
    first = weibo.server.comment("请问几点开始？", at=now)
    under = str(weibo.server.lists["comments/to_me"][0]["status"]["id"])
    weibo.server.comment("在哪里？", at=now, uid="42", name="路人", under=under)
    weibo.server.comment("再问一句", at=now, under=under)

    weibo.read()

    assert [len(ticket.messages) for ticket in weibo.tickets()] == [2, 1]
    assert weibo.tickets()[0].messages[0].identity == f"weibo:comment:{under}.{first}"


def test_a_conversation_on_x_is_one_ticket(x, now):
    root = x.server.tweet("@miec how do I register?", at=now - HOUR)
    x.server.tweet("@miec any news?", at=now, conversation=root, reply_to=root)
    x.server.tweet("@miec something else", at=now, author="9002", username="li")

    assert x.read() == ["created", "appended", "created"]
    assert x.tickets()[0].requester.addresses[0].kind == "x"


def test_an_edited_post_joins_its_ticket_and_the_old_words_stay(x, now):
    first = x.server.tweet("@miec when is the exma?", at=now - HOUR)
    x.read()
    x.server.tweet(
        "@miec when is the exam?", at=now, edit_history_tweet_ids=[first, str(x.server.last_id + 1)]
    )

    assert x.read() == ["appended"]
    assert [m.text for m in x.tickets()[0].messages] == [
        "@miec when is the exma?",
        "@miec when is the exam?",
    ]


def test_what_the_office_wrote_itself_opens_nothing(weibo, now):
    weibo.server.mention("公告", at=now, uid=UID, name="认证办")

    assert weibo.read() == ["suppressed"]


def test_a_post_deleted_before_it_was_read_lies_in_quarantine_and_the_next_goes_on(weibo, now):
    weibo.server.mention("抱歉，此微博已被删除。", at=now, deleted="1", user=None)
    weibo.server.mention("@认证办 你好", at=now)

    assert sorted(weibo.read()) == ["created", "quarantined"]


def test_a_number_in_a_post_leads_to_nobodys_ticket(weibo, asked, now):
    """BEHAVIOURS 20: mail's tokens mean nothing here."""
    weibo.server.mention(f"@认证办 [#{asked.id}] 查询", at=now)

    assert weibo.read() == ["created"]


def test_once_an_agent_linked_the_person_the_next_conversation_has_the_center(
    weibo, asked, session, chen, now
):
    with transaction():
        session.add(Center(code="CD017", name="成都信息学院认证中心", created_at=now))
    with transaction():
        ticket = session.get_one(Ticket, asked.id)
        properties.change(session, ticket, chen, {"center": "CD017"}, now=now)
    weibo.server.mention("@认证办 另一件事", at=now)

    assert weibo.read() == ["created"]
    assert weibo.tickets()[1].center.code == "CD017"
    assert session.scalar(select(func.count(Person.id))) == 1


def test_private_messages_of_one_person_are_one_ticket_until_it_is_settled(weibo, session, now):
    weibo.push("我的准考证丢了", at=now)
    assert weibo.push("怎么办？", at=now + MINUTE).status == "appended"
    with transaction():
        weibo_ticket = session.scalars(select(Ticket)).one()
        weibo_ticket.status = "resolved"

    assert weibo.push("谢谢", at=now + HOUR).status == "appended"
    with transaction():
        session.scalars(select(Ticket)).one().status = "resolved"
    assert weibo.push("另外请问教材", at=now + timedelta(days=9)).status == "created"
    assert weibo.push("在吗", at=now + timedelta(days=9, hours=1)).ticket == weibo.tickets()[1].id


def test_a_private_message_of_somebody_known_carries_their_name(weibo, asked, now):
    weibo.push("还有一事", at=now)

    assert weibo.tickets()[-1].messages[0].author_name == "安卓新手村"


def test_a_private_message_that_arrives_twice_is_one(weibo, session, now):
    weibo.push("你好", at=now)

    with pytest.raises(IndexError):  # nothing new was stored
        weibo.push("你好", at=now)


# limits and tokens


def test_a_limit_postpones_the_next_look_and_other_accounts_go_on(weibo, session, now):
    weibo.server.fail_weibo("mentions", 10023)

    assert weibo.read() == ["rate_limited"]

    assert weibo.account.next_try_at == now + HOUR
    assert channel_accounts.due(session, now=now + 59 * MINUTE) == []
    assert channel_accounts.due(session, now=now + HOUR) == [weibo.id]


def test_a_limit_in_the_middle_of_the_pages_loses_nothing(weibo, session, now):
    weibo.server.page_size = 2
    for n in range(6):
        weibo.server.mention(f"@认证办 {n}", at=now)
    weibo.server.fail("statuses/mentions", 200, None, times=0)
    pages = iter([None, {"error": "limit", "error_code": 10024, "request": ""}])
    answer = weibo.server.answer
    weibo.server.answer = lambda call: (
        (403, told, {})
        if "statuses/mentions" in call.path and (told := next(pages, None))
        else answer(call)
    )

    assert weibo.read() == ["rate_limited"]
    weibo.read(now + HOUR)
    weibo.read(now + 2 * HOUR)

    assert len(weibo.tickets()) == 6


def test_the_days_calls_are_counted_and_the_next_look_is_planned_by_service_hours(
    weibo, session, now
):
    weibo.read()

    used = microblogs.usage(session, weibo.account, now=now)
    assert (used.reads, used.writes, used.left) == (3, 0, 97)
    assert 25 <= used.plan.open_minutes <= 31
    wait = weibo.account.next_try_at - now
    assert timedelta(minutes=15) <= wait <= timedelta(minutes=35)


def test_on_a_holiday_the_plan_looks_seldom(weibo, session, now):
    sunday = now + timedelta(days=6)

    used = microblogs.usage(session, weibo.account, now=sunday)

    assert used.plan.open_minutes > 1440
    assert used.plan.closed_minutes == 120


def test_a_day_that_is_used_up_is_waited_out(weibo, now):
    with transaction() as session:
        session.get_one(ChannelAccount, weibo.id).settings = {
            **weibo.account.settings,
            "daily_calls": 4,
        }
    weibo.server.mention("@认证办 你好", at=now)

    weibo.read()
    assert weibo.account.next_try_at == now.replace(hour=16)  # midnight in Shanghai


def test_an_expired_token_marks_the_account_and_nothing_else_stops(
    weibo, asked, chen, monkeypatch, now
):
    session = weibo.session
    weibo.reply(chen, "您好，下周一截止。")
    monkeypatch.setenv("MICROBLOG_TOKEN", "old")

    assert weibo.read() == ["token_expired"]
    assert (weibo.account.state, weibo.account.last_error_code) == ("failing", "token_expired")
    assert "open.weibo.com" in weibo.account.last_error
    weibo.deliver()
    assert (weibo.row().state, weibo.row().attempts) == ("queued", 0)
    assert weibo.account.send_error_code == "token_expired"
    assert weibo.row().next_try_at == now + TOKEN_WAIT

    monkeypatch.undo()
    set_secrets(monkeypatch)
    with transaction():
        account = microblogs.account(session, weibo.id)
        microblogs.save(
            session,
            account,
            name="认证办",
            settings=dict(account.settings),
            state="active",
            now=now,
        )
    weibo.deliver()
    assert weibo.row().state == "sent"
    assert weibo.account.send_error is None


def test_a_token_that_was_replaced_counts_for_who_sends_already(
    weibo, asked, chen, monkeypatch, now
):
    monkeypatch.setenv("MICROBLOG_TOKEN", "old")
    weibo.reply(chen, "您好")
    senders = channel_accounts.Senders()
    delivery.deliver_due(senders, worker=WORKER, now=now)
    assert weibo.row().state == "queued"

    set_secrets(monkeypatch)
    delivery.deliver_due(senders, worker=WORKER, now=now + TOKEN_WAIT)
    senders.close()

    assert weibo.row().state == "sent"


def test_administrators_are_told_before_a_token_ends_once_each(weibo, session, now):
    agent(session, now, "admin@miec.example.cn", role="admin", name="管理员")
    with transaction():
        account = session.get_one(ChannelAccount, weibo.id)
        account.settings = {**account.settings, "token_ends": "2026-12-01"}

    for day in range(10):
        for hour in range(2):
            housekeeping.run(now=now + timedelta(days=day, hours=hour))

    told = session.scalars(select(Notification).where(Notification.kind == "token")).all()
    assert [notice.created_at.date() for notice in told] == [
        date(2026, 11, 24),
        date(2026, 11, 28),
        date(2026, 11, 30),
    ]
    assert "认证办 · 2026-12-01" in told[0].text


# what goes out


def test_a_public_answer_is_given_and_reaches_the_network_once(weibo, asked, session, chen, now):
    message = weibo.reply(chen, "您好，下周一截止。", now=now + MINUTE)
    assert (message.channel, message.delivery) == ("microblog", "queued")
    assert weibo.tickets()[0].targets[0].met_at == now + MINUTE

    assert weibo.deliver(now + MINUTE) == 1
    assert weibo.deliver(now + HOUR) == 0

    [wrote] = weibo.server.wrote("comments/create")
    assert wrote["comment"] == "您好，下周一截止。"
    session.refresh(message)
    assert message.delivery == "sent"
    assert message.identity.startswith("weibo:comment:")
    assert not weibo.tickets()[0].awaiting_reply
    assert list(verification.verify_targets()) == []


def test_what_answers_our_answer_comes_to_the_same_ticket(weibo, asked, session, chen, now):
    message = weibo.reply(chen, "您好，下周一截止。")
    weibo.deliver()
    session.refresh(message)
    under, _, ours = message.identity.removeprefix("weibo:comment:").partition(".")
    said = {"under": under, "own_post": False, "reply_to": ours}
    weibo.server.comment("谢谢！", at=now + MINUTE, uid="77", name="转发的人", **said)

    assert weibo.read(now + HOUR) == ["appended"]
    assert len(weibo.tickets()) == 1


def test_an_answer_on_x_stands_under_what_was_asked(x, chen, now):
    asked = x.server.tweet("@miec how do I register?", at=now - HOUR)
    x.read()

    x.reply(chen, "By Monday, at https://miec.example.cn/register.")
    x.deliver()

    assert [wrote["in_reply_to"] for wrote in x.server.wrote("/2/tweets")] == [asked]


def test_a_long_answer_leaves_as_several_posts_in_order(weibo, asked, session, chen, now):
    message = weibo.reply(chen, LONG)

    while weibo.deliver():
        pass

    wrote = [w["comment"] for w in weibo.server.wrote("comments/create")]
    assert [text[-5:] for text in wrote] == ["(1/2)", "(2/2)"]
    session.refresh(message)
    assert (message.delivery, message.text) == ("sent", LONG)
    known = session.scalars(select(PostThread.key).where(PostThread.key.like("%comment%"))).all()
    assert len(known) == 2  # an answer to either part finds the ticket


def test_a_crash_between_two_posts_repeats_none(weibo, asked, session, chen, now):
    message = weibo.reply(chen, LONG)
    weibo.deliver()
    weibo.server.fail("comments/create", 0, after=True)  # taken, and the worker dies on it
    weibo.deliver()
    session.refresh(message)
    assert message.delivery == "queued"

    weibo.deliver(now + BACKOFF[0])

    assert len(weibo.server.wrote("comments/create")) == 2
    session.refresh(message)
    assert message.delivery == "sent"


def test_a_worker_that_died_while_sending_posts_nothing_twice(weibo, asked, session, chen, now):
    weibo.reply(chen, "您好，下周一截止。")
    [claimed] = delivery._claim("dead", now)
    with transaction():
        heartbeats.beat(session, "dead", now=now - HOUR)
    senders = channel_accounts.Senders()
    senders(weibo.account).send(
        delivery._composed(claimed, now)
    )  # and it never came to write that down
    senders.close()

    with transaction():
        delivery.take_back(session, now=now + MINUTE)
    weibo.deliver(now + MINUTE)

    assert len(weibo.server.wrote("comments/create")) == 1
    assert weibo.row().state == "sent"


def test_an_answer_to_a_deleted_post_is_a_dead_letter_and_its_text_stays(
    weibo, asked, session, chen, now
):
    """BEHAVIOURS 23."""
    weibo.server.gone.add(asked.messages[0].identity.removeprefix("weibo:post:"))
    message = weibo.reply(chen, "您好，下周一截止。", now=now + MINUTE)

    weibo.deliver(now + MINUTE)

    session.refresh(message)
    assert (message.delivery, message.text) == ("failed", "您好，下周一截止。")
    assert "20101" in message.delivery_error
    [dead] = delivery.dead_letters(session)
    assert dead.message_id == message.id
    target = session.scalars(select(Target)).one()
    assert (target.state, target.met_at) == ("running", None)
    assert weibo.tickets()[0].awaiting_reply
    assert session.scalars(select(Event).where(Event.kind == "delivery.failed")).one()


def test_a_dead_letter_that_stands_there_already_is_not_posted_again(
    weibo, asked, session, chen, now
):
    message = weibo.reply(chen, "您好")
    at = now
    weibo.server.fail("comments/", 0, after=True, times=1)
    weibo.deliver(at)
    weibo.server.fail("comments/by_me", 503, "", times=99)
    while (row := weibo.row()).state == "queued":
        at = max(at, row.next_try_at)
        weibo.deliver(at)
    weibo.server.failures.clear()

    with transaction():
        delivery.try_again(session, weibo.row().id, now=at)
    weibo.deliver(at)

    assert len(weibo.server.written) == 1
    session.refresh(message)
    assert message.delivery == "sent"


def test_a_limit_postpones_an_answer_without_counting_a_try(x, session, chen, now):
    x.server.tweet("@miec hi", at=now - HOUR)
    x.read()
    message = x.reply(chen, "Hello!")
    reset = now + timedelta(minutes=9)
    headers = {"x-rate-limit-reset": str(int(reset.timestamp()))}
    x.server.fail("/2/tweets", 429, {}, headers=headers)

    x.deliver()
    row = x.row()
    assert (row.state, row.attempts, row.next_try_at) == ("queued", 0, reset)
    x.deliver(reset)

    session.refresh(message)
    assert message.delivery == "sent"


def test_a_network_in_trouble_is_tried_again_with_patience(x, session, chen, now):
    x.server.tweet("@miec hi", at=now - HOUR)
    x.read()
    x.reply(chen, "Hello!")
    x.server.fail("/2/tweets", 503, "", times=1)

    x.deliver()
    assert x.row().next_try_at == now + BACKOFF[0]
    x.deliver(now + BACKOFF[0])

    assert x.row().state == "sent"


def test_a_private_answer_reaches_only_them(weibo, session, chen, now):
    weibo.push("我的手机号是13800138000，请回电", at=now)

    message = weibo.reply(chen, "好的，下午打您 13800138000。", via="private", now=now + HOUR)
    weibo.deliver(now + HOUR)

    [wrote] = weibo.server.wrote("messages/reply")
    assert wrote["receiver_id"] == "1764222885"
    assert is_private(message.in_reply_to)
    assert weibo.row().state == "sent"


@pytest.mark.parametrize(
    ("via", "text", "code"),
    [
        ("", "您好", "choose_way"),
        ("shouted", "您好", "choose_way"),
        ("private", "您好", "no_private_way"),
        ("public", " ", "empty_message"),
        ("public", "请打 13800138000", "private_number"),
        ("public", "您的身份证 11010519491231002X 已登记", "private_number"),
        ("public", "字" * 900, "too_long"),
    ],
)
def test_what_must_not_or_cannot_be_posted_is_refused(
    weibo, asked, session, chen, *, via, text, code
):
    with pytest.raises(Refusal) as refused:
        weibo.reply(chen, text, via=via)

    assert refused.value.code == code
    assert session.scalar(select(func.count(Outbox.id))) == 0
    assert weibo.tickets()[0].awaiting_reply


def test_a_private_message_is_answered_within_two_days_and_under_300_characters(weibo, chen, now):
    weibo.push("你好", at=now)

    with pytest.raises(Refusal) as late:
        weibo.reply(chen, "您好", via="private", now=now + timedelta(hours=48))
    with pytest.raises(Refusal) as long:
        weibo.reply(chen, "字" * 300, via="private", now=now + HOUR)
    with pytest.raises(Refusal) as public:
        weibo.reply(chen, "您好", via="public", now=now + HOUR)

    assert [r.value.code for r in (late, long, public)] == [
        "private_closed",
        "too_long",
        "no_public_way",
    ]
    assert weibo.reply(chen, "字" * 299, via="private", now=now + HOUR)


def test_the_office_may_publish_its_own_number(weibo, asked, session, chen):
    with transaction():
        account = session.get_one(ChannelAccount, weibo.id)
        account.settings = {**account.settings, "public_numbers": "010-62001234，400-810-1234"}

    assert weibo.reply(chen, "请拨打 010-62001234")


def test_a_newer_comment_is_read_before_answering(weibo, asked, session, chen, now):
    """BEHAVIOURS 31."""
    seen = asked.last_message_id
    under = asked.messages[0].identity.removeprefix("weibo:post:")
    more = {"under": under, "own_post": False, "lists": ("comments/mentions",)}
    weibo.server.comment("@认证办 不用了", at=now, **more)
    weibo.read(now + HOUR)

    with pytest.raises(Conflict):
        weibo.reply(chen, "您好", seen=seen)


def test_a_paused_account_pretends_no_answer(weibo, asked, session, chen, now):
    """BEHAVIOURS 3: what nobody can read is no reply."""
    with transaction():
        session.get_one(ChannelAccount, weibo.id).state = "paused"

    for send in (
        lambda ticket: replies.reply(session, ticket, chen, "您好", now=now),
        lambda ticket: microblog_replies.reply(
            session, ticket, chen, "您好", via="public", now=now
        ),
    ):
        with pytest.raises(Refusal) as refused, transaction():
            send(session.get_one(Ticket, asked.id))
        assert refused.value.code == "no_account"


def test_a_question_that_nobody_answers_is_breached(weibo, asked, session, now):
    """BEHAVIOURS 18."""
    from helpdesk.services.promises import enforcement

    enforcement.enforce_due(now + timedelta(days=3))

    [target] = session.scalars(select(Target).where(Target.ticket_id == asked.id))
    assert (target.state, target.breached_at) == ("breached", target.due_at)


# notices


def test_a_notice_is_posted_once_for_its_occasion(weibo, session, now):
    with transaction():
        account = session.get_one(ChannelAccount, weibo.id)
        account.settings = {**account.settings, "safe_domain": "miec.example.cn"}
    said = {"link": "https://www.miec.example.cn/notices/7", "occasion": "center.7.cancelled"}

    for _ in range(2):
        with transaction():
            account = session.get_one(ChannelAccount, weibo.id)
            microblog_replies.publish_notice(
                session, account, "某中心授权已撤销。", now=now, **said
            )
        while weibo.deliver():
            pass

    [wrote] = weibo.server.wrote("statuses/share")
    assert wrote["status"] == "某中心授权已撤销。 https://www.miec.example.cn/notices/7"


@pytest.mark.parametrize(
    ("text", "link", "code"),
    [
        ("公告", "https://elsewhere.example.com/1", "unsafe_link"),
        ("公告", "https://miec.example.cn.evil.test/1", "unsafe_link"),
        ("#公告# 撤销", "https://miec.example.cn/1", "topic"),
        ("字" * 140, "https://miec.example.cn/1", "too_long"),
        ("联系 13800138000", "https://miec.example.cn/1", "private_number"),
    ],
)
def test_a_notice_that_weibo_would_refuse_is_refused_before(
    weibo, session, now, *, text, link, code
):
    with transaction():
        account = session.get_one(ChannelAccount, weibo.id)
        account.settings = {**account.settings, "safe_domain": "miec.example.cn"}

    with pytest.raises(Refusal) as refused:
        microblog_replies.publish_notice(
            session,
            session.get_one(ChannelAccount, weibo.id),
            text,
            link=link,
            occasion="1",
            now=now,
        )
    assert refused.value.code == code


def test_a_notice_that_fails_for_good_is_told_to_an_administrator(x, session, now):
    agent(session, now, "admin@miec.example.cn", role="admin", name="管理员")
    with transaction():
        account = session.get_one(ChannelAccount, x.id)
        microblog_replies.publish_notice(
            session, account, "Cancelled.", link="https://miec.example.cn/7", occasion="7", now=now
        )
    x.server.fail("/2/tweets", 403, {"title": "Forbidden", "detail": "no"})

    x.deliver()

    assert session.scalars(select(Notification.kind)).all() == ["delivery"]


# crashes


def test_a_crash_between_storing_and_understanding_loses_nothing(weibo, session, now):
    weibo.server.page_size = 1
    for n in range(3):
        weibo.server.mention(f"@认证办 {n}", at=now)
    source = channel_accounts.open_source(weibo.account)
    with transaction() as work:
        channel_accounts.claim(work, weibo.id, WORKER, now=now)
    from helpdesk import runtime

    for number, batch in enumerate(source.fetch(None, now=now)):
        if number == 2:
            break
        with transaction() as work:
            items = [(item, runtime.current_storage().put(item.raw)) for item in batch.items]
            intake.store(work, weibo.id, items, now=now, cursor=batch.cursor, lease_owner=WORKER)
    source.close()

    weibo.read()
    intake.process(intake.pending(session), now=now)

    assert len(weibo.tickets()) == 3
    assert session.scalar(select(func.count(Inbound.id))) == 3


def test_messages_of_a_microblog_carry_their_channel(weibo, asked, session, chen):
    weibo.reply(chen, "您好")

    assert set(session.scalars(select(Message.channel))) == {"microblog"}
