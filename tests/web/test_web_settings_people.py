"""People, groups, centers and contacts: changed without locking anybody out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.models import Agent, Center, Group, Login, Outbox, Person
from tests.web.pages import post


def agent_of(email: str) -> Agent:
    db.session.rollback()
    return db.session.scalars(select(Agent).where(Agent.email == email)).one()


def person(**changes: object) -> dict[str, object]:
    return {"name": "林晓", "email": "lin@office.test", "role": "agent", **changes}


def center(**changes: object) -> dict[str, object]:
    usual = {"code": "CD017", "name": "成都信息工程学院", "state": "authorized", "why": "旧档案"}
    return {**usual, "domains": "cdxx.example.cn", **changes}


def test_a_colleague_is_added_and_gets_a_link(admin):
    groups = [row.id for row in db.session.scalars(select(Group))]

    post(admin(), "/settings/people/new", person(groups=groups))

    added = agent_of("lin@office.test")
    assert [group.id for group in added.groups] == groups
    mail = db.session.scalars(select(Outbox)).one()
    assert (mail.kind, mail.recipients) == ("account", ["lin@office.test"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "chen@office.test"}, "There is an account with this address already."),
        ({"email": "nobody"}, "Write a mail address like name@example.cn."),
        ({"name": ""}, "Please fill this in."),
        ({"role": "king"}, "Please choose one of these."),
    ],
)
def test_a_colleague_who_cannot_be_added_is_refused(admin, change, sentence):
    answer = post(admin(), "/settings/people/new", person(**change))

    assert answer.status_code in (400, 409, 422)
    assert sentence in answer.text


def test_whoever_leaves_is_signed_out_at_once(admin, sign_in):
    chen = sign_in()
    number = agent_of("chen@office.test").id

    leaving = person(name="陈静", email="chen@office.test")
    post(admin(), f"/settings/people/{number}", leaving)

    assert not agent_of("chen@office.test").active
    assert chen.get("/queue/mine").status_code == 302


def test_the_role_of_a_colleague_changes(admin):
    number = agent_of("chen@office.test").id

    changed = person(name="陈静", email="chen@office.test", role="manager", active="1")
    post(admin(), f"/settings/people/{number}", changed)

    assert agent_of("chen@office.test").role == "manager"


def test_who_changes_their_own_address_stays_signed_in(admin):
    client, number = admin(), agent_of("admin@office.test").id

    changed = {"email": "boss@office.test", "role": "admin", "active": "1"}
    post(client, f"/settings/people/{number}", person(name="管理员", **changed))

    assert agent_of("boss@office.test").id == number
    assert client.get("/settings/people").status_code == 200


def test_a_colleague_becomes_a_channel_manager_and_stops_being_one(admin):
    number = agent_of("chen@office.test").id
    client, chen = admin(), {"name": "陈静", "email": "chen@office.test", "active": "1"}

    post(client, f"/settings/people/{number}", person(**chen, channel_manager="1"))
    assert agent_of("chen@office.test").channel_manager
    assert "Channel manager" in client.get("/settings/people").text

    post(client, f"/settings/people/{number}", person(**chen))
    assert not agent_of("chen@office.test").channel_manager


def test_a_new_colleague_may_be_a_channel_manager(admin):
    post(admin(), "/settings/people/new", person(channel_manager="1"))

    assert agent_of("lin@office.test").channel_manager


def test_administrators_do_not_lock_themselves_out(admin):
    number = agent_of("admin@office.test").id

    answer = post(
        admin(), f"/settings/people/{number}", person(email="admin@office.test", active="1")
    )

    assert answer.status_code == 400
    assert "Ask another administrator" in answer.text
    assert agent_of("admin@office.test").role == "admin"


def test_one_group_is_always_the_default(admin):
    client = admin()
    first = db.session.scalars(select(Group)).one().id

    post(client, "/settings/groups/new", {"name": "认证考试组", "is_default": "1"})

    db.session.rollback()
    defaults = db.session.scalars(select(Group.name).where(Group.is_default)).all()
    assert defaults == ["认证考试组"]
    db.session.rollback()
    assert db.session.get_one(Group, first).is_default is False


def test_the_default_group_cannot_stop_being_it_alone(admin):
    group = db.session.scalars(select(Group)).one()

    answer = post(admin(), f"/settings/groups/{group.id}", {"name": group.name})

    assert answer.status_code == 400
    assert "One group must be the default" in answer.text


def test_a_center_is_added_with_its_domains(admin):
    post(admin(), "/centers/new", center(domains="cdxx.example.cn\n@mail.cdxx.example.cn"))

    db.session.rollback()
    kept = db.session.scalars(select(Center)).one()
    assert [row.domain for row in kept.domains] == ["cdxx.example.cn", "mail.cdxx.example.cn"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"domains": "qq.com"}, "Anybody can have an address at qq.com"),
        ({"domains": "<b>x</b>"}, "is no mail domain"),
        ({"code": "成都 17"}, "A code is letters"),
        ({"name": ""}, "Please fill this in."),
        ({"why": ""}, "Please fill this in."),
        ({"state": "exited"}, "Say which way the center leaves"),
    ],
)
def test_a_center_that_makes_no_sense_is_refused(admin, change, sentence):
    answer = post(admin(), "/centers/new", center(**change))

    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert "<b>x</b>" not in answer.text


def test_a_domain_belongs_to_one_center(admin):
    client = admin()
    post(client, "/centers/new", center())

    answer = post(client, "/centers/new", center(code="HZ003"))

    assert answer.status_code == 409
    assert "cdxx.example.cn belongs to 成都信息工程学院." in answer.text


def test_a_contact_is_invited_and_may_be_closed_out(admin):
    client = admin()
    post(client, "/centers/new", center())
    invited = {"name": "何伟", "email": "he@college.test", "center": "CD017"}
    post(client, "/settings/contacts/new", invited)
    db.session.rollback()
    login = db.session.scalars(select(Login).where(Login.email == "he@college.test")).one()
    assert login.person is not None
    assert login.person.center.code == "CD017"

    post(client, f"/settings/contacts/{login.id}", {"name": "何伟", "center": "CD017"})

    db.session.rollback()
    assert db.session.get_one(Login, login.id).active is False


def test_a_contact_of_no_known_center_is_refused(admin):
    answer = post(
        admin(),
        "/settings/contacts/new",
        {"name": "何伟", "email": "he@college.test", "center": "XX"},
    )

    assert "There is no center with the code XX." in answer.text
    assert not db.session.scalars(select(Person).where(Person.name == "何伟")).all()
