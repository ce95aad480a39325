"""Tickets that arrive: automations put them where they belong, and say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.message import RawItem
from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Group, Notification, Outbox, Target, Ticket
from helpdesk.services.arrivals import intake, web_forms
from helpdesk.services.arrivals.web_forms import Question
from helpdesk.services.desk import absences, entries
from helpdesk.services.desk.entries import Entry
from helpdesk.services.identity import staff
from helpdesk.services.identity.requesters import Asker
from helpdesk.services.promises import policies
from helpdesk.services.promises.verification import verify_targets
from sla.policy import Promise
from tests.services.automations.automating import applied, automation, looks
from tests.services.mails import arrive, mail, mailbox
from tests.services.people import agent, record_of

NUMBERS = iter(range(1_000_000))


@pytest.fixture
def complaints(session, now) -> int:
    with transaction():
        return staff.save_group(
            session, None, name="投诉组", members=(), is_default=False, by="test", now=now
        ).id


def arrives(session, now, text="我要投诉。", **fields) -> int:
    message_id = f"<{next(NUMBERS)}@cdxx.example.cn>"
    raw = mail(text=text, date=fields.pop("date", now), message_id=message_id, **fields)
    return arrive(session, raw, now=now).ticket


def test_words_bring_a_ticket_to_its_group_with_another_priority(session, now, complaints):
    automation(
        session, "投诉", conditions={"words": ["投诉"]}, group_id=complaints, priority="high"
    )

    one, other = arrives(session, now), arrives(session, now, "请问考试时间？")

    assert looks(session, one, "group_id", "priority") == (complaints, "high")
    assert applied(session, one) == [("投诉", {"group": "投诉组", "priority": "high"}, [])]
    assert looks(session, other, "priority") == ("normal",)
    assert applied(session, other) == []


def test_words_in_the_subject_count_too(session, now):
    automation(session, conditions={"words": ["退款"]}, topic="payment")

    assert looks(session, arrives(session, now, "您好", subject="退款"), "topic") == ("payment",)


def test_what_was_quoted_is_nobody_s_word(session, now):
    automation(session, conditions={"words": ["投诉"]}, priority="high")

    number = arrives(session, now, "谢谢\n\n在 2026年11月20日，客服 写道：\n> 投诉请打电话")

    assert looks(session, number, "priority") == ("normal",)


def test_the_one_above_sets_and_those_below_do_not_set_again(session, now):
    automation(session, "first", priority="urgent")
    automation(session, "second", priority="low", topic="payment")

    number = arrives(session, now)

    assert looks(session, number, "priority", "topic") == ("urgent", "payment")
    assert applied(session, number) == [
        ("first", {"priority": "urgent"}, []),
        ("second", {"topic": "payment"}, []),
    ]


def test_those_below_see_what_those_above_have_set(session, now, complaints):
    automation(session, "first", conditions={"words": ["投诉"]}, request_type="complaint")
    automation(session, "second", conditions={"request_type": ["complaint"]}, group_id=complaints)

    assert looks(session, arrives(session, now), "group_id") == (complaints,)


def test_one_that_is_switched_off_does_nothing(session, now):
    automation(session, priority="high", active=False)

    assert looks(session, arrives(session, now), "priority") == ("normal",)


def test_the_promise_is_that_of_what_the_ticket_became(session, now, complaints):
    """BEHAVIOURS 12"""
    with transaction():
        draft = policies.Draft(
            "urgent", {"priority": ("urgent",)}, (Promise("first_reply", minutes=30),)
        )
        policies.save(session, None, draft, by="admin", now=now)
    automation(session, conditions={"words": ["投诉"]}, priority="urgent", group_id=complaints)

    number = arrives(session, now)

    target = session.scalars(select(Target).where(Target.ticket_id == number)).one()
    assert (target.policy_name, target.due_at) == ("urgent", now + timedelta(minutes=30))
    assert list(verify_targets()) == []


def test_what_the_requester_chose_stays(session, now):
    automation(session, topic="payment", request_type="complaint", priority="high")
    asker = web_forms.visitor_handle("王芳", "wang@cdxx.example.cn")
    question = Question("form", "考试", "什么时候考试？", topic="exam", request_type="inquiry")

    number = web_forms.ask(asker, question, now=now)

    chosen = looks(session, number, "topic", "request_type", "priority")
    assert chosen == ("exam", "inquiry", "high")


def test_what_an_agent_chose_stays(session, now):
    chen, wu = agent(session, now), agent(session, now, "wu@miec.example.cn", name="吴昊")
    automation(session, priority="low", topic="payment", assignee_id=wu.agent_id)
    entry = Entry(
        submission="1",
        channel="hotline",
        asker=Asker(name="李建国", phone="13800000000"),
        happened_at=now,
        subject="考试",
        text="什么时候考试？",
    )
    chosen = replace(
        entry, submission="2", priority="urgent", topic="exam", assignee=str(chen.agent_id)
    )
    with transaction():
        left, kept = (entries.enter(session, chen, one, now=now) for one in (entry, chosen))

    properties = ("priority", "topic", "assignee_id")
    assert looks(session, left, *properties) == ("low", "payment", wu.agent_id)
    assert looks(session, kept, *properties) == ("urgent", "exam", chen.agent_id)
    assert told(session, wu.agent_id) == [("assigned", left)]


def test_nobody_is_given_a_ticket_while_they_are_away(session, now):
    chen = agent(session, now)
    automation(session, assignee_id=chen.agent_id, priority="high")
    with transaction():
        absences.leave(session, chen, record_of(session, chen), now=now)
    away = arrives(session, now)
    with transaction():
        absences.come_back(session, chen, record_of(session, chen), now=now)
    back = arrives(session, now)

    assert looks(session, away, "assignee_id", "priority") == (None, "high")
    assert looks(session, back, "assignee_id") == (chen.agent_id,)
    assert told(session, chen.agent_id) == [("assigned", back)]


def test_somebody_is_told_in_the_desk_and_by_mail_once(session, now):
    wu = agent(session, now, "wu@miec.example.cn", role="manager", name="吴昊")
    automation(session, "急件", conditions={"words": ["投诉"]}, tell=(wu.agent_id,))

    number = arrives(session, now)

    assert told(session, wu.agent_id) == [("automation", number)]
    assert applied(session, number) == [("急件", {}, ["吴昊"])]
    mails = session.scalars(select(Outbox).where(Outbox.kind == "notice")).all()
    assert [row.subject for row in mails] == [f"新工单：#{number} 揭牌仪式"]


def test_nobody_is_told_of_what_comes_out_of_an_archive(session, now):
    """BEHAVIOURS 22"""
    wu = agent(session, now, "wu@miec.example.cn", role="manager", name="吴昊")
    automation(session, tell=(wu.agent_id,), assignee_id=wu.agent_id, priority="high")

    account = mailbox(session, now=now)
    item = RawItem("old", mail(date=now - timedelta(days=30)), now - timedelta(days=30))
    number = intake.submit(account, item, now=now).ticket

    assert told(session, wu.agent_id) == []
    assert applied(session, number) == [("Sort", {"assignee": "吴昊", "priority": "high"}, [])]


def test_who_no_longer_works_here_is_left_out(session, now):
    chen = agent(session, now)
    automation(session, assignee_id=chen.agent_id, tell=(chen.agent_id,), priority="high")
    with transaction():
        session.get_one(Agent, chen.agent_id).active = False

    number = arrives(session, now)

    assert applied(session, number) == [("Sort", {"priority": "high"}, [])]


def test_a_whole_batch_is_sorted_alike(session, now, complaints):
    automation(session, conditions={"requester": ["@cdxx.example.cn"]}, group_id=complaints)

    numbers = [arrives(session, now) for _ in range(3)]

    groups = set(session.scalars(select(Ticket.group_id).where(Ticket.id.in_(numbers))))
    assert groups == {complaints}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("does_nothing", {}),
        ("no_group", {"group_id": 999}),
        ("inactive_agent", {"assignee_id": 999}),
        ("inactive_agent", {"tell": (999,)}),
    ],
)
def test_what_would_do_nothing_or_names_nobody_is_refused(session, code, changes):
    with pytest.raises(Refusal) as refused:
        automation(session, **changes)
    assert refused.value.code == code


def test_two_of_one_name_are_refused(session):
    automation(session, priority="high")
    with pytest.raises(Refusal) as refused:
        automation(session, priority="low")
    assert refused.value.code == "name_taken"


def test_a_group_that_is_gone_is_left_out(session, now, complaints):
    automation(session, group_id=complaints, priority="high")
    with transaction():
        session.delete(session.get_one(Group, complaints))

    number = arrives(session, now)

    assert applied(session, number) == [("Sort", {"priority": "high"}, [])]


def told(session, agent_id: int) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Notification.kind, Notification.ticket_id)
        .where(Notification.agent_id == agent_id)
        .order_by(Notification.id)
    )
    return [(row.kind, row.ticket_id) for row in rows]
