"""The audit log: who changed which setting, from what to what, and who may read it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from helpdesk import runtime
from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Group, Macro, Outbox, SettingChange
from helpdesk.services.desk import macros
from helpdesk.services.identity import accounts, staff
from helpdesk.services.operations import audit_log
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at, post
from tests.web.test_web_settings_calendar import confirm, every_day, week
from tests.web.test_web_settings_mailboxes import settings

NOW = at("23 10:40")


def entries() -> list[SettingChange]:
    db.session.rollback()
    return list(db.session.scalars(select(SettingChange).order_by(SettingChange.id)))


def told(kind: str) -> list[tuple[str, str, dict[str, object]]]:
    """Return what the log says of one kind: the name, the act, and what changed."""
    return [(row.name, row.act, row.changes) for row in entries() if row.kind == kind]


def number_of(email: str) -> int:
    db.session.rollback()
    return db.session.scalars(select(Agent.id).where(Agent.email == email)).one()


def made_group(name: str, *members: int) -> int:
    with transaction() as session:
        return staff.save_group(
            session, None, name=name, members=members, is_default=False, by="test", now=NOW
        ).id


def person(who: str, **changes: object) -> dict[str, object]:
    """Return the form of somebody's page as it is shown, with some fields otherwise."""
    db.session.rollback()
    agent = db.session.scalars(select(Agent).where(Agent.email == who)).one()
    groups = [group.id for group in agent.groups]
    usual = {"name": agent.name, "email": who, "role": agent.role, "active": "1", "groups": groups}
    return {**usual, **changes}


def chen(**changes: object) -> dict[str, object]:
    return person("chen@office.test", **changes)


def test_a_change_says_who_made_it_when_and_from_what_to_what(admin):
    number = number_of("chen@office.test")

    post(admin(), f"/settings/people/{number}", chen(role="manager", name="陈静宜"))

    (entry,) = entries()
    assert (entry.by, entry.agent_id, entry.at) == ("管理员", number_of("admin@office.test"), NOW)
    assert (entry.kind, entry.act, entry.name) == ("agent", "changed", "陈静宜")
    assert entry.changes == {"name": ["陈静", "陈静宜"], "role": ["agent", "manager"]}


def test_saving_what_was_there_already_is_no_change(admin):
    post(admin(), f"/settings/people/{number_of('chen@office.test')}", chen())

    assert entries() == []


def test_what_is_refused_leaves_no_entry(admin):
    number = number_of("chen@office.test")

    answer = post(admin(), f"/settings/people/{number}", chen(email="wu@office.test", name="别人"))

    assert answer.status_code == 409
    assert entries() == []


def test_several_steps_of_one_act_are_one_entry(admin):
    group = made_group("审核组")
    form = {"name": "林晓", "email": "lin@office.test", "role": "agent", "groups": [group]}

    post(admin(), "/settings/people/new", {**form, "channel_manager": "1"})

    assert {(row.kind, row.act, row.name) for row in entries()} == {
        ("agent", "added", "林晓"),
        ("login", "added", "lin@office.test"),
        ("group", "changed", "审核组"),
        ("group", "changed", "服务台"),
    }
    assert len(entries()) == 4
    assert told("agent")[0][2] == {
        "email": [None, "lin@office.test"],
        "role": [None, "agent"],
        "active": [None, True],
        "channel_manager": [None, True],
    }


@pytest.mark.parametrize("side", ["agent", "group"])
def test_who_joins_and_leaves_a_group_is_told_once_from_whichever_page(admin, side):
    chens, wus = number_of("chen@office.test"), number_of("wu@office.test")
    group = made_group("审核组", chens)
    client = admin()

    if side == "agent":
        groups = chen()["groups"]
        post(client, f"/settings/people/{chens}", chen(groups=[n for n in groups if n != group]))
        wu = person("wu@office.test")
        post(client, f"/settings/people/{wus}", {**wu, "groups": [*wu["groups"], group]})
        wanted = [{"members": [["陈静"], []]}, {"members": [[], ["吴昊"]]}]
    else:
        shown = post(client, f"/settings/groups/{group}", {"name": "审核组", "members": [wus]})
        assert shown.status_code == 302
        wanted = [{"members": [["陈静"], ["吴昊"]]}]

    assert told("group") == [("审核组", "changed", changes) for changes in wanted]


def test_of_a_password_it_says_that_it_changed_and_no_more(admin):
    client = admin()
    with transaction() as session:
        accounts.send_reset(session, "chen@office.test", now=NOW)
    mail = db.session.scalars(select(Outbox)).one()
    (path,) = re.findall(r"helpdesk\.test(/password/\S+)", mail.mail["text"])
    new = "another long one"

    post(client.application.test_client(), path, {"password": new, "again": new})

    (entry,) = entries()
    assert (entry.by, entry.kind, entry.name) == ("陈静", "login", "chen@office.test")
    assert entry.changes == {"password_hash": [None, None]}
    page = admin().get("/settings/audit").text
    assert "Password" in page
    assert "argon2" not in page


def test_a_mailbox_tells_each_of_its_settings(admin, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "not shown")
    client = admin()
    post(client, "/settings/mailboxes/new", settings())
    number = client.get("/settings/mailboxes").text.split("/settings/mailboxes/")[-1].split('"')[0]

    post(client, f"/settings/mailboxes/{number}", settings(imap_host="mail.example.cn"))

    (added, changed) = told("channel")
    assert added[:2] == ("main", "added")
    assert added[2]["settings.imap.host"] == [None, "imap.example.cn"]
    assert changed == (
        "main",
        "changed",
        {"settings.imap.host": ["imap.example.cn", "mail.example.cn"]},
    )


def test_hours_are_told_by_weekday_and_days_by_what_came_and_went(admin):
    client = admin()

    post(client, "/settings/hours/1", week(sat=[("09:00", "12:00")]))
    day = {"kind": "holiday", "first": "2026-12-24", "name": "内部"}
    post(client, "/settings/holidays/days", day)

    assert told("calendar") == [
        ("default", "changed", {"hours.sat": [None, "09:00–12:00"]}),
        ("default", "changed", {"closed": [[], ["2026-12-24"]]}),
    ]


def test_a_preview_is_no_change_until_it_is_confirmed(admin, open_ticket):
    open_ticket()
    client = admin()

    shown = post(client, "/settings/hours/1", week(**every_day([("13:30", "18:00")])))
    assert entries() == []

    confirm(client, shown)
    assert told("calendar")[0][2]["hours.mon"] == ["09:00–12:00, 13:30–18:00", "13:30–18:00"]


def test_what_is_taken_away_is_on_record_by_its_name(admin):
    with transaction() as session:
        row = macros.save(
            session, None, name="收到", topic=None, texts={"zh": "好"}, by="管理员", now=NOW
        )
        number = row.id

    post(admin(), f"/settings/macros/{number}/deletion", {})

    assert db.session.get(Macro, number) is None
    assert told("macro") == [("收到", "removed", {})]


def test_a_secret_address_is_made_renewed_and_taken_back_on_record(admin):
    client = admin()
    for form in ({}, {}, {"remove": "1"}):
        post(client, "/wallboard/address", form)

    made, gone = ("", "added", {}), ("", "removed", {})
    assert told("wallboard") == [made, gone, made, gone]


def test_what_a_savepoint_undoes_takes_no_entry_along(desk):
    """A person who came in at the same moment by another way is looked up again."""
    number = made_group("审核组")
    desk.extensions[runtime.WHO_ACTS] = lambda: runtime.Acting("command line", None, NOW)

    with transaction() as session:
        session.get_one(Group, number).name = "受理组"
        session.flush()
        session.begin_nested().rollback()

    assert [row.name for row in entries()] == ["受理组"]


def test_an_operator_who_types_is_in_it_and_what_nobody_does_is_not(desk):
    """A worker's own steps, and the past that a demo makes up, are nobody's."""
    number = made_group("审核组")
    desk.extensions[runtime.WHO_ACTS] = lambda: runtime.Acting("command line", None, NOW)

    def rename(name: str) -> None:
        with transaction() as session:
            session.get_one(Group, number).name = name

    rename("受理组")
    with runtime.nobody_acting():
        rename("别组")

    assert [(row.by, row.name, row.changes) for row in entries()] == [
        ("command line", "受理组", {"name": ["审核组", "受理组"]})
    ]


def test_the_page_tells_it_in_words_and_leads_to_the_setting(admin):
    number = number_of("chen@office.test")
    post(admin(), f"/settings/people/{number}", chen(role="manager", channel_manager="1"))

    page = admin("zh").get("/settings/audit").text

    for words in ("修改工作人员", "陈静", "管理员", "角色", "客服", "主管", "渠道", "是"):
        assert words in page
    assert 'href="/settings/people"' in page


def test_the_log_is_narrowed_by_what_and_by_who_and_read_page_by_page(admin, monkeypatch):
    monkeypatch.setattr(audit_log, "PAGE", 2)
    client = admin()
    for role in ("manager", "agent", "manager"):
        post(client, f"/settings/people/{number_of('chen@office.test')}", chen(role=role))
    post(client, "/settings/groups/new", {"name": "审核组"})

    def names(path: str) -> int:
        return client.get(path).text.count('<dl class="changes">')

    first = client.get("/settings/audit").text
    older = unescape(re.findall(r'href="([^"]+)" rel="next"', first)[0])
    assert "审核组" in first
    assert "审核组" not in client.get(older).text
    assert names(older) == 2
    assert names("/settings/audit?kind=group") == 1
    assert names(f"/settings/audit?agent={number_of('wu@office.test')}") == 0
    assert "Nothing of that kind was changed" in client.get("/settings/audit?kind=macro").text
    assert names("/settings/audit?kind=nonsense&agent=x&before=y") == 2


@pytest.mark.parametrize("email", ["chen@office.test", "wu@office.test", "zhou@college.test"])
def test_nobody_but_administrators_reads_it(desk, sign_in, email):
    assert sign_in(email).get("/settings/audit").status_code in (302, 403)


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@in_every_look
def test_the_page_can_be_used_by_everybody(visit, admin, size, theme):
    client = admin()
    post(client, f"/settings/people/{number_of('chen@office.test')}", chen(name="陈" * 60))
    post(client, "/settings/hours/1", week(sat=[("09:00", "12:00"), ("14:00", "16:00")]))

    for path in ("/settings/audit", "/settings/audit?kind=macro"):
        page = visit(path, size=size, theme=theme, language="zh", email="admin@office.test")
        assert_usable(page)
