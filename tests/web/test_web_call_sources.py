"""How calls come to the desk: written down, pushed with a signature, exported, and made tickets."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Call, Callback, CallMapping, ChannelAccount, Ticket
from helpdesk.services.hotline import call_sources
from helpdesk.services.identity import accounts
from tests.web.pages import PASSWORD, at, post

NOW = at("23 10:40")
SECRET = "a secret of the exchange"
CALL = {
    "id": "pbx-1",
    "caller": "13800138000",
    "arrived": "2026-11-23T10:00:00+08:00",
    "ended": "2026-11-23T10:00:30+08:00",
}
EXPORT = (
    "呼叫ID,类型,坐席名称,客户号码,呼叫时间,振铃时长(秒),接通时间,通话时长,挂机时间,队列名称\n"
    "1001,呼入,王芳,13800138000,2026-11-23 10:00:00,12,2026-11-23 10:00:12,88,2026-11-23 10:01:40,咨询\n"
    "1002,呼入,,13900139000,2026-11-23 10:05:00,30,,0,2026-11-23 10:05:30,咨询\n"
)


@pytest.fixture
def admin(desk, sign_in):
    with transaction() as session:
        accounts.add_login(
            session,
            email="root@office.test",
            role="admin",
            name="周主任",
            password=PASSWORD,
            now=NOW,
        )
    return sign_in("root@office.test")


@pytest.fixture
def pushed_to(desk, monkeypatch):
    """Return the address that an exchange pushes to."""
    monkeypatch.setenv("HOTLINE_SECRET", SECRET)
    with transaction() as session:
        account = call_sources.source_named(session, "pbx", now=NOW)
        account.settings = {"push_secret": "env:HOTLINE_SECRET"}
        return f"/channels/hotline/{account.id}/calls"


def push(client, address, body, *, secret=SECRET, at=NOW, kind="application/json"):
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Helpdesk-Timestamp": stamp, "X-Helpdesk-Signature": f"sha256={digest}"}
    return client.post(address, data=body, headers=headers, content_type=kind)


def calls_kept():
    db.session.remove()
    return db.session.scalars(select(Call).order_by(Call.arrived_at)).all()


def written(**changes):
    return {
        "submission": "one",
        "number": "138 0013 8000",
        "came": "answered",
        "minutes": "4",
        "arrived": "2026-11-23T10:30",
    } | changes


def test_a_call_is_written_down_with_a_number_and_one_click(sign_in):
    answer = post(sign_in(), "/calls/", written())

    (call,) = calls_kept()
    assert answer.status_code == 302
    assert (call.number, call.agent, call.outcome) == ("13800138000", "陈静", "answered")
    assert (call.arrived_at, call.talk_seconds, call.in_hours) == (at("23 10:30"), 240, True)


def test_the_same_form_sent_twice_is_one_call(sign_in):
    client = sign_in()
    for _ in range(2):
        post(client, "/calls/", written())

    assert len(calls_kept()) == 1


def test_a_missed_call_that_is_written_down_asks_to_be_rung_back(sign_in):
    post(sign_in(), "/calls/", written(came="missed", minutes=""))

    assert db.session.query(Callback).one().number == "13800138000"
    assert db.session.query(Ticket).one().started_at == at("23 10:30")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "nobody"}, "Write the caller&#39;s number"),
        ({"arrived": "2026-11-23T11:30"}, "This is still to come"),
        ({"arrived": "today"}, "Please write a date and a time"),
        ({"came": ""}, "Please choose one of these."),
    ],
)
def test_a_call_that_cannot_be_is_refused_and_what_was_typed_comes_back(sign_in, changes, sentence):
    answer = post(sign_in(), "/calls/", written(**changes))

    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert 'value="4"' in answer.text
    assert calls_kept() == []


def test_a_signed_push_brings_calls_and_the_same_again_changes_nothing(desk, pushed_to):
    client = desk.test_client()
    body = json.dumps([CALL]).encode()

    first, again = push(client, pushed_to, body), push(client, pushed_to, body)

    assert (first.json["calls"], first.json["tickets_opened"]) == (1, 1)
    assert (again.json["calls"], again.json["duplicates"]) == (0, 1)
    assert len(calls_kept()) == 1


def test_a_push_may_be_lines_of_a_queue_log(desk, pushed_to):
    lines = b"1795399200|1.1|600|NONE|ENTERQUEUE||13800138000|1\n1795399230|1.1|600|NONE|ABANDON|1|1|30\n"

    answer = push(desk.test_client(), pushed_to, lines, kind="text/plain")

    assert answer.json["calls"] == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"secret": "another"}, "signature is not right"),
        ({"at": at("23 10:30")}, "more than five minutes"),
        ({"at": at("23 10:50")}, "more than five minutes"),
    ],
)
def test_a_push_that_is_not_signed_just_now_is_refused(desk, pushed_to, changes, sentence):
    answer = push(desk.test_client(), pushed_to, json.dumps(CALL).encode(), **changes)

    assert answer.status_code == 401
    assert sentence in answer.json["error"]
    assert calls_kept() == []


def test_a_push_without_a_signature_or_to_nobody_is_refused(desk, pushed_to):
    client = desk.test_client()

    assert client.post(pushed_to, json=CALL).status_code == 401
    assert push(client, "/channels/hotline/999/calls", b"{}").status_code == 401


def test_what_a_push_tells_wrong_is_named_and_the_rest_is_kept(desk, pushed_to):
    body = json.dumps([CALL, {"id": "2"}]).encode()

    answer = push(desk.test_client(), pushed_to, body)

    assert answer.status_code == 422
    assert answer.json["rejected"][0]["line"] == 2
    assert len(calls_kept()) == 1


@pytest.mark.parametrize("unstorable", ["\0", "\ud83d"], ids=["nul", "half an emoji"])
def test_a_name_that_no_database_takes_loses_no_call_of_a_push(desk, pushed_to, unstorable):
    odd = CALL | {"id": f"pbx{unstorable}-2", "queue": unstorable, "agent": f"王{unstorable}芳"}

    answer = push(desk.test_client(), pushed_to, json.dumps([odd, CALL]).encode())

    assert (answer.status_code, answer.json["calls"]) == (200, 2)
    assert len(calls_kept()) == 2


def test_an_answered_call_becomes_a_ticket_prefilled_and_backdated(sign_in):
    client = sign_in()
    post(client, "/calls/", written())
    (call,) = calls_kept()

    page = client.get(f"/tickets/new?call={call.id}").text
    assert 'value="2026-11-23T10:30"' in page
    assert 'value="13800138000"' in page
    fields = {
        "submission": "ticket",
        "channel": "hotline",
        "happened": "2026-11-23T10:30",
        "phone": "13800138000",
        "subject": "缴费标准",
        "text": "问缴费标准",
        "answered": "1",
        "priority": "normal",
        "status": "resolved",
        "call": str(call.id),
    }
    answer = post(client, "/tickets/new", fields)

    number = int(re.search(r"/tickets/(\d+)", answer.location)[1])
    (call,) = calls_kept()
    assert call.ticket_id == number
    assert db.session.get_one(Ticket, number).started_at == at("23 10:30")
    assert client.get(f"/tickets/new?call={call.id}").location.endswith(f"/tickets/{number}")
    twice = post(client, "/tickets/new", fields | {"submission": "another", "text": "again"})
    assert "on a ticket already" in twice.text


def test_an_export_is_shown_as_it_is_understood_and_then_taken_over(admin):
    file = (io.BytesIO(EXPORT.encode("gbk")), "calls.csv")

    page = post(
        admin, "/settings/hotline/export", {"file": file}, content_type="multipart/form-data"
    ).text
    key = re.search(r'name="key" value="([0-9a-f]{64})"', page)[1]
    assert "王芳" in page
    assert "139****9000" in page
    chosen = dict(
        re.findall(
            r'<select id="[^"]+" name="(column_\w+)">.*?<option value="([^"]+)" selected', page
        )
    )
    assert chosen["column_arrived"] == "呼叫时间"
    fields = {**chosen, "key": key, "zone": "Asia/Shanghai", "name": "cloud", "source": "cloud"}
    post(admin, "/settings/hotline/export", fields | {"then": "save"})
    post(admin, "/settings/hotline/export", fields | {"then": "import"})

    assert db.session.query(CallMapping).one().columns["customer"] == "客户号码"
    assert [call.outcome for call in calls_kept()] == ["answered", "abandoned"]
    assert db.session.query(Callback).count() == 1


def test_an_export_without_a_time_says_what_to_choose(admin):
    file = (io.BytesIO(b"wer,was\n1,2\n"), "calls.csv")
    page = post(
        admin, "/settings/hotline/export", {"file": file}, content_type="multipart/form-data"
    ).text
    key = re.search(r'name="key" value="([0-9a-f]{64})"', page)[1]

    answer = post(
        admin, "/settings/hotline/export", {"key": key, "zone": "Asia/Shanghai", "then": "import"}
    )

    assert "No column tells arrived, customer of a call" in answer.text
    assert calls_kept() == []


def test_a_followed_log_needs_its_whole_path_and_no_secret_is_kept(admin):
    fields = {"name": "pbx", "state": "active", "format": "queue_log", "path": "queue_log"}

    assert "Write the whole path" in post(admin, "/settings/hotline/new", fields).text
    fields |= {"path": "/var/log/asterisk/queue_log", "push_secret": "hunter2"}
    assert "never the secret itself" in post(admin, "/settings/hotline/new", fields).text
    post(admin, "/settings/hotline/new", fields | {"push_secret": ""})

    account = db.session.query(ChannelAccount).filter_by(channel="hotline").one()
    assert account.settings == {"path": "/var/log/asterisk/queue_log", "format": "queue_log"}


def test_every_account_and_its_trouble_stand_on_one_page(admin):
    with transaction() as session:
        account = call_sources.source_named(session, "pbx", now=NOW)
        account.state, account.last_error, account.failures = "failing", "The log is not there.", 3
        account.last_error_at = account.next_try_at = NOW

    page = admin.get("/settings/channels").text

    assert "The log is not there." in page
    assert "3 times in a row" in page


def test_rates_are_shown_by_day_hour_queue_and_agent_and_lead_to_their_calls(sign_in):
    client = sign_in()
    post(client, "/calls/", written())
    post(client, "/calls/", written(submission="two", came="missed", number="13900139000"))

    for by in ("day", "hour", "queue", "agent"):
        page = client.get(f"/calls/rates?by={by}").text
        assert "50%" in page
    assert 'href="/calls/?first=2026-11-23&amp;last=2026-11-23"' in client.get("/calls/rates").text
    assert "No calls in this month" in client.get("/calls/rates?month=2026-10").text
    alone = client.get("/calls/?which=missed&first=2026-11-23&last=2026-11-23").text
    assert "139****9000" in alone
    assert "138****8000" not in alone


@pytest.mark.parametrize("path", ["/settings/channels", "/settings/hotline", "/calls/rates"])
def test_centers_see_none_of_it(sign_in, path):
    assert sign_in("zhou@college.test").get(path).status_code == 403
