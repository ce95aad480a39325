"""The microblog's pages: settings, the composer with its preview, and Weibo's pushes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.microblog.push import signature
from helpdesk.extensions import db, transaction
from helpdesk.models import ChannelAccount, Inbound, Message, PushNonce, Ticket
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import request_meters
from helpdesk.web import pushes as push_page
from helpdesk.web import requests
from tests.servers.microblog import UID, weibo_time
from tests.services.microblog.microblogs import SECRET, Blog, add_account, set_secrets
from tests.web.pages import at, post

NOW = at("23 10:40")
FORM = {
    "network": "weibo",
    "name": "官方微博",
    "handle": "@chinamiec",
    "uid": UID,
    "state": "active",
    "token": "env:MICROBLOG_TOKEN",
    "app_secret": "env:MICROBLOG_SECRET",
    "daily_calls": "100",
}


@pytest.fixture
def weibo(desk, microblog_server, monkeypatch) -> Blog:
    set_secrets(monkeypatch)
    number = add_account(db.session(), microblog_server, now=NOW)
    return Blog(db.session(), microblog_server, number, NOW)


@pytest.fixture
def number(weibo) -> int:
    """Return the ticket of a mention that was read."""
    weibo.server.mention("@认证办 中级考试什么时候报名？", at=at("23 10:00"))
    weibo.read()
    return weibo.tickets()[0].id


def _account() -> ChannelAccount:
    db.session.rollback()
    return db.session.scalars(
        select(ChannelAccount).where(ChannelAccount.channel == "microblog")
    ).one()


def _replies() -> list[Message]:
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.direction == "out")).all()


# settings


def test_an_administrator_adds_an_account(admin, monkeypatch):
    set_secrets(monkeypatch)
    client = admin()

    answer = post(client, "/settings/microblogs/new", FORM)

    assert answer.status_code == 302
    account = _account()
    assert (account.name, account.address, account.state) == ("官方微博", "@chinamiec", "active")
    assert account.settings["uid"] == UID
    page = client.get("/settings/microblogs").text
    assert "官方微博" in page
    assert "0 of 100 used" in page
    assert "every 120 min outside" in page


def test_the_token_itself_is_never_taken(admin):
    answer = post(admin(), "/settings/microblogs/new", {**FORM, "token": "2.00abcDEF"})

    assert answer.status_code == 422
    assert "2.00abcDEF" not in answer.text
    assert "never the secret itself" in answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"uid": "@chinamiec"}, "digits only"),
        ({"uid": ""}, "Please fill this in"),
        ({"token": ""}, "Please fill this in"),
        ({"token": "env:NOT_SET"}, "NOT_SET is not set"),
        ({"token_ends": "next year"}, "2026-11-23"),
        ({"network": "myspace"}, "choose one of these"),
        ({"daily_calls": "9999999"}, "At most"),
        ({"name": ""}, "Please fill this in"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(admin, monkeypatch, *, wrong, said):
    set_secrets(monkeypatch)

    answer = post(admin(), "/settings/microblogs/new", {**FORM, **wrong})

    assert answer.status_code in (400, 422)
    assert said in answer.text
    assert 'value="@chinamiec"' in answer.text
    assert (
        db.session.scalar(select(ChannelAccount.id).where(ChannelAccount.name == "官方微博"))
        is None
    )


def test_two_accounts_do_not_share_a_name(admin, weibo):
    answer = post(admin(), "/settings/microblogs/new", {**FORM, "name": "认证办"})

    assert "Another account has this name" in answer.text


def test_tencent_weibo_is_kept_retired_with_its_date(admin):
    form = {"network": "tencent", "name": "腾讯微博", "state": "active"}
    client = admin()
    post(client, "/settings/microblogs/new", form)

    assert _account().state == "retired"
    page = client.get("/settings/microblogs").text
    assert "2020-09-28" in page
    assert "Next look" not in page


def test_the_list_shows_trouble_the_days_calls_and_when_the_token_ends(admin, weibo):
    meter = request_meters.DeskMeter(weibo.id)
    for reading in (True, True, False):
        meter.count(reading=reading, now=NOW)
    with transaction() as session:
        account = session.get_one(ChannelAccount, weibo.id)
        account.settings = {**account.settings, "token_ends": "2026-11-26"}
    weibo.server.fail_weibo("mentions", 10014)
    weibo.read()

    page = admin().get("/settings/microblogs").text

    assert "4 of 100 used" in page
    assert "3 days left" in page
    assert "does not permit" in page
    assert "10014" in page


def test_saving_keeps_what_the_form_does_not_show(admin, weibo):
    client = admin()
    page = client.get(f"/settings/microblogs/{weibo.id}").text
    assert f"/channels/weibo/{weibo.id}/push" in page

    post(client, f"/settings/microblogs/{weibo.id}", {**FORM, "state": "paused"})

    assert _account().state == "paused"
    assert _account().settings["api"] == weibo.server.url


@pytest.mark.parametrize("path", ["/settings/microblogs", "/settings/microblogs/new"])
def test_only_administrators_see_the_accounts(sign_in, path):
    assert sign_in("wu@office.test").get(path).status_code == 403


def test_an_account_of_another_channel_is_not_edited_here(admin):
    web = db.session.scalars(select(ChannelAccount.id).where(ChannelAccount.channel == "web")).one()

    assert admin().get(f"/settings/microblogs/{web}").status_code == 404


# the composer


def _send(client, number, text="您好，下周一截止。", **more):
    said = {"kind": "reply", "text": text, "seen": 2**30, **more}
    return post(client, f"/tickets/{number}/messages", said)


def _previewed(page: str) -> str:
    return page.partition('name="previewed" value="')[2].partition('"')[0]


def test_nothing_is_chosen_until_somebody_chooses(sign_in, number):
    client = sign_in()

    page = client.get(f"/tickets/{number}").text
    assert 'id="via-public"' in page
    assert "checked" not in page.partition('id="via-public"')[2].partition(">")[0]
    assert 'id="via-private"' not in page

    answer = _send(client, number)
    assert answer.status_code == 400
    assert "Choose whether everybody may read this" in answer.text
    assert "您好，下周一截止。" in answer.text
    assert _replies() == []


def test_an_answer_is_previewed_and_then_sent(sign_in, weibo, number):
    client = sign_in()

    preview = _send(client, number, via="public")
    assert preview.status_code == 200
    assert "Everybody will read this" in preview.text
    assert "9 of 140" in preview.text
    assert _replies() == []

    sent = _send(client, number, via="public", previewed=_previewed(preview.text), then="waiting")
    assert sent.status_code == 302
    [message] = _replies()
    assert (message.channel, message.delivery, message.text) == (
        "microblog",
        "queued",
        "您好，下周一截止。",
    )
    assert weibo.tickets()[0].status == "waiting"
    weibo.deliver()
    page = client.get(f"/tickets/{number}").text
    assert "public" in page
    assert "https://m.weibo.cn/status/" in page


def test_a_text_that_was_changed_is_previewed_again(sign_in, number):
    client = sign_in()
    seen = _previewed(_send(client, number, via="public").text)

    again = _send(client, number, "完全不同的话", via="public", previewed=seen)

    assert again.status_code == 200
    assert "Everybody will read this" in again.text
    assert _replies() == []


def test_a_long_text_is_previewed_as_the_posts_that_it_makes(sign_in, number):
    page = _send(
        sign_in(), number, "请登录官网并在人才库中激活后填写简历。" * 10, via="public"
    ).text

    assert "(1/2)" in page
    assert "(2/2)" in page


@pytest.mark.parametrize("number_", ["13800138000", "11010519491231002X"])
def test_a_number_of_somebody_is_not_published(sign_in, number, number_):
    answer = _send(sign_in(), number, f"请打 {number_}", via="public")

    assert answer.status_code == 400
    assert "must not be public" in answer.text
    assert _replies() == []


def test_a_forged_preview_does_not_get_past_the_checks(sign_in, number):
    from hashlib import sha256

    target = db.session.scalars(select(Message.id)).one()
    forged = sha256("\0".join(["public", str(target), "13800138000"]).encode()).hexdigest()[:32]

    answer = _send(sign_in(), number, "13800138000", via="public", previewed=forged)

    assert answer.status_code == 400
    assert _replies() == []


def test_files_cannot_be_posted(sign_in, number):
    from io import BytesIO

    answer = post(
        sign_in(),
        f"/tickets/{number}/messages",
        {"kind": "reply", "text": "见附件", "via": "public", "files": (BytesIO(b"x"), "a.txt")},
        content_type="multipart/form-data",
    )

    assert "A post carries no files" in answer.text
    assert _replies() == []


def test_a_note_needs_no_choice(sign_in, number):
    answer = post(sign_in(), f"/tickets/{number}/messages", {"kind": "note", "text": "内部"})

    assert answer.status_code == 302


def test_a_private_message_can_be_answered_in_private_for_two_days(sign_in, weibo, monkeypatch):
    weibo.push("我的准考证丢了", at=at("23 10:00"))
    number = weibo.tickets()[0].id
    client = sign_in()

    page = client.get(f"/tickets/{number}").text
    assert 'id="via-private"' in page
    assert 'id="via-public"' not in page
    preview = _send(client, number, via="private").text
    assert "Only 1764222885 will read this" in preview
    assert _send(client, number, via="private", previewed=_previewed(preview)).status_code == 302
    assert "in private" in client.get(f"/tickets/{number}").text

    monkeypatch.setattr(requests, "_clock", lambda: at("25 10:00"))
    page = client.get(f"/tickets/{number}").text
    assert 'id="via-private"' not in page
    assert "older than 48 hours" in page
    assert "more than 48 hours old" in _send(client, number, via="private").text


def test_centers_cannot_post(sign_in, number):
    assert _send(sign_in("zhou@college.test"), number, via="public").status_code == 403


# pushes


def _push(client, number, body, *, nonce="57155157", now=NOW, secret=SECRET, method="post", **more):
    timestamp = f"{now.timestamp() * 1000:.0f}"
    query = {
        "signature": signature(secret, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        **more,
    }
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/channels/weibo/{number}/push"
    if method == "get":
        return client.get(path, query_string=query)
    return client.post(path, query_string=query, data=data, content_type="application/json")


def _message(text="我的准考证丢了", when="23 10:30", **more):
    return {
        "type": "text",
        "receiver_id": int(UID),
        "sender_id": 1764222885,
        "created_at": weibo_time(at(when)),
        "text": text,
        "data": {},
        **more,
    }


def _stored() -> list[Inbound]:
    db.session.rollback()
    return db.session.scalars(select(Inbound)).all()


def test_weibo_is_told_that_the_address_is_ours(desk, weibo):
    answer = _push(desk.test_client(), weibo.id, b"", method="get", echostr="<b>1234</b>")

    assert (answer.status_code, answer.text) == (200, "<b>1234</b>")
    assert answer.content_type.startswith("text/plain")


def test_a_push_is_kept_at_once_and_becomes_a_ticket_later(desk, weibo):
    answer = _push(desk.test_client(), weibo.id, _message())

    assert (answer.status_code, answer.text) == (200, "")
    [kept] = _stored()
    assert kept.state == "pending"
    [outcome] = intake.process(intake.pending(db.session()), now=NOW)
    assert outcome.status == "created"
    ticket = db.session.get_one(Ticket, outcome.ticket)
    assert (ticket.subject, ticket.started_at) == ("我的准考证丢了", at("23 10:30"))


def test_a_push_that_weibo_repeats_is_kept_once(desk, weibo):
    client = desk.test_client()

    answers = [_push(client, weibo.id, _message()) for _ in range(3)]
    later = _push(client, weibo.id, _message(), nonce="2")

    assert [answer.status_code for answer in (*answers, later)] == [200] * 4
    assert len(_stored()) == 1


def test_a_signature_cannot_be_used_for_other_words(desk, weibo):
    client = desk.test_client()
    _push(client, weibo.id, _message())

    forged = _push(client, weibo.id, _message("别的话", when="23 10:31"))

    assert (forged.status_code, forged.text) == (403, "replayed")
    assert len(_stored()) == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"secret": "wrong"}, 403),
        ({"now": NOW - timedelta(minutes=11)}, 403),
        ({"now": NOW + timedelta(minutes=11)}, 403),
        ({"nonce": ""}, 403),
    ],
)
def test_what_was_not_signed_just_now_is_refused(desk, weibo, *, more, status):
    for method in ("get", "post"):
        answer = _push(desk.test_client(), weibo.id, _message(), method=method, echostr="x", **more)
        assert answer.status_code == status
        assert "x" not in answer.text.split("_")
    assert _stored() == []


def test_an_account_without_a_secret_takes_no_pushes(desk, weibo, monkeypatch):
    monkeypatch.delenv("MICROBLOG_SECRET")

    assert _push(desk.test_client(), weibo.id, _message(), secret="").status_code == 403


def test_an_account_that_does_not_exist_or_is_retired_takes_no_pushes(desk, weibo):
    assert _push(desk.test_client(), 4711, _message()).status_code == 404
    with transaction() as session:
        session.get_one(ChannelAccount, weibo.id).state = "retired"
    assert _push(desk.test_client(), weibo.id, _message()).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff\xfe", b"{}", {"type": "text"}, _message(created_at="yesterday")],
)
def test_what_is_no_push_is_refused_and_nothing_is_kept(desk, weibo, body):
    answer = _push(desk.test_client(), weibo.id, body)

    assert answer.status_code in (200, 400)
    assert _stored() == []


def test_a_push_that_is_too_large_is_refused(desk, weibo):
    huge = _message("字" * push_page.MOST_BYTES)

    assert _push(desk.test_client(), weibo.id, huge).status_code == 413
    assert _stored() == []


def test_following_and_leaving_say_nothing(desk, weibo):
    event = _message(type="event", text="关注事件", data={"subtype": "follow"})

    assert _push(desk.test_client(), weibo.id, event).status_code == 200
    assert _stored() == []


def test_a_push_that_names_a_post_asks_for_an_early_look(desk, weibo):
    with transaction() as session:
        account = session.get_one(ChannelAccount, weibo.id)
        account.last_success_at = NOW - timedelta(minutes=20)
        account.next_try_at = NOW + timedelta(minutes=10)

    _push(desk.test_client(), weibo.id, _message(type="mention", data={"subtype": "status"}))

    assert _account().next_try_at == NOW


def test_who_goes_on_guessing_signatures_is_stopped(desk, weibo):
    client = desk.test_client()

    codes = [
        _push(client, weibo.id, _message(), secret="wrong").status_code
        for _ in range(push_page.MOST_WRONG + 1)
    ]

    assert codes[-2:] == [403, 429]
    assert _push(client, weibo.id, _message()).status_code == 200  # Weibo itself is let in


def test_numbers_used_up_are_forgotten_when_their_time_is_over(desk, weibo, monkeypatch):
    client = desk.test_client()
    _push(client, weibo.id, _message())
    later = NOW + timedelta(hours=1)
    monkeypatch.setattr(requests, "_clock", lambda: later)

    _push(client, weibo.id, _message("再问", when="23 11:20"), now=later, nonce="2")

    db.session.rollback()
    assert [row.at for row in db.session.scalars(select(PushNonce))] == [later]


def test_a_push_is_no_way_around_the_other_forms_tokens(desk, weibo):
    assert desk.test_client().post("/sign-in", data={"email": "x"}).status_code == 400
