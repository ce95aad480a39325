"""Groups and agents get other names: what names them in the settings goes on meaning them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Automation, Event, Group, Notification, PolicyVersion, Ticket
from helpdesk.services.desk import tickets
from helpdesk.services.identity import staff
from helpdesk.services.promises import enforcement, policies, rules
from helpdesk.services.promises.verification import verify_targets
from sla.escalation import Action
from sla.policy import Promise
from tests.services.automations.automating import automation
from tests.services.mails import arrive, mail
from tests.services.people import agent, record_of

MINUTE = timedelta(minutes=1)
MOVING = Promise(
    "first_reply",
    minutes=100,
    actions=(
        Action("breach", "group", "二线"),
        Action("breach", "notify", "wu@miec.example.cn"),
    ),
)


@pytest.fixture
def boss(session, now):
    return agent(session, now, "boss@miec.example.cn", role="admin", name="张主任")


@pytest.fixture
def wu(session, now):
    return agent(session, now, "wu@miec.example.cn", name="吴昊")


@pytest.fixture
def second(session, now, wu):
    """A group of the second line, a policy for its tickets, and one that moves tickets to it."""
    with transaction():
        group = Group(name="二线", agents=[record_of(session, wu)])
        session.add(group)
        session.flush()
        default = policies.Draft("default", {}, (MOVING,))
        policies.save(session, policies.default(session), default, by="test", now=now)
        slow = (Promise("first_reply", minutes=200),)
        draft = policies.Draft("二线的", {"group": ("二线", "服务台二")}, slow)
        policies.save(session, None, draft, by="test", now=now)
        return group.id


@pytest.fixture
def number(session, now, second):
    return arrive(session, mail(date=now, Precedence="list"), now=now).ticket


def rename(session, number, name, now):
    with transaction():
        group = staff.group(session, number)
        members = [member.id for member in group.agents]
        staff.save_group(
            session, group, name=name, members=members, is_default=False, by="张主任", now=now
        )


def test_a_policy_still_holds_for_the_tickets_of_a_group_that_was_renamed(
    session, now, second, number, boss
):
    rename(session, second, "专家组", now)
    with transaction():
        ticket, group = session.get_one(Ticket, number), staff.group(session, second)
        tickets.move_to_group(session, ticket, group, now=now, by=boss.actor)

    [target] = session.get_one(Ticket, number).targets
    assert target.policy_name == "二线的"
    kept = session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc())).first()
    assert (kept.by, kept.conditions["group"]) == ("张主任", ["专家组", "服务台二"])
    assert list(verify_targets()) == []


def test_a_promise_that_was_given_before_moves_its_ticket_to_the_renamed_group(
    session, now, second, number, boss
):
    rename(session, second, "专家组", now)
    enforcement.enforce_due(now + 101 * MINUTE)

    assert session.get_one(Ticket, number, populate_existing=True).group.name == "专家组"
    taken = session.scalars(select(Event.data).where(Event.kind == "promise.escalated")).all()
    assert [(data["do"], data["to"]) for data in taken] == [
        ("group", "专家组"),
        ("notify", "wu@miec.example.cn"),
    ]
    assert list(verify_targets()) == []


def test_a_promise_tells_an_agent_who_has_another_address_by_now(session, now, number, boss, wu):
    with transaction():
        record = record_of(session, wu)
        session.get_one(Ticket, number).assignee = record_of(session, boss)
        staff.change(
            session,
            record,
            name=record.name,
            email="hao.wu@miec.example.cn",
            role="agent",
            groups=[],
            active=True,
            by=boss,
            now=now,
        )
    enforcement.enforce_due(now + 101 * MINUTE)

    told = session.scalars(select(Notification.agent_id).where(Notification.kind == "breach")).all()
    assert wu.agent_id in told
    actions = rules.as_value(policies.default(session)).promises[0].actions
    assert actions[1].to == "hao.wu@miec.example.cn"


def test_an_automation_still_asks_for_a_group_that_was_renamed(session, now, second):
    does = {"workdays": 2, "status": "closed"}
    row = automation(session, "放久了", "waiting", conditions={"group": ("二线",)}, **does)
    rename(session, second, "专家组", now)
    assert session.get_one(Automation, row).conditions == {"group": ["专家组"]}


def test_another_change_of_a_group_keeps_no_version_of_any_policy(session, now, second):
    count = len(session.scalars(select(PolicyVersion.id)).all())
    rename(session, second, "二线", now)
    assert len(session.scalars(select(PolicyVersion.id)).all()) == count
