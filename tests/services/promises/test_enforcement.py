"""Warnings and breaches: at their instant, once, to the right people."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import NO_PROMISE, Event, Group, Notification, Outbox, Target, Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import notifications, replies, tickets
from helpdesk.services.desk.notifications import Promised
from helpdesk.services.promises import clocks, enforcement
from helpdesk.services.promises.verification import verify_targets
from tests.services.mails import arrive, mail
from tests.services.people import agent, record_of

DUE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday 10:00 in Shanghai, one working day after NOW."""
WARN = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
"""Monday 15:15 in Shanghai, half of it gone."""
RISK = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""Monday 17:30, four fifths gone."""


def _kinds(session):
    return [n.kind for n in session.scalars(select(Notification).order_by(Notification.id))]


def test_before_the_warning_nothing_is_due(session, now):
    arrive(session, mail(date=now), now=now)

    assert enforcement.enforce_due(WARN - timedelta(seconds=1)).as_json() == {
        "warned": 0,
        "breached": 0,
        "told": 0,
    }


def test_the_assignee_is_warned_once_in_the_desk_and_by_mail(session, now):
    chen = agent(session, now)
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        ticket = session.get(Ticket, number)
        tickets.assign(session, ticket, record_of(session, chen), now=now, by=chen.actor)

    enforcement.enforce_due(WARN)
    enforcement.enforce_due(WARN + timedelta(minutes=1))

    assert _kinds(session) == ["warning"]
    [notice] = session.scalars(select(Outbox).where(Outbox.kind == "notice")).all()
    assert notice.recipients == ["chen@miec.example.cn"]


def test_two_warnings_of_one_ticket_say_of_what_and_how_much_time_is_left(session, now):
    agent(session, now)
    arrive(session, mail(date=now, subject="培训名额"), now=now)

    enforcement.enforce_due(WARN)
    enforcement.enforce_due(RISK)

    said = session.scalars(select(Notification).order_by(Notification.id)).all()
    told = notifications.promised(session, said)
    assert [told[row.id] for row in said] == [
        Promised("first_reply", DUE, 225),
        Promised("first_reply", DUE, 90),
    ]
    mails = select(Outbox.subject).where(Outbox.kind == "notice").order_by(Outbox.id)
    first, second = session.scalars(mails).all()
    assert first.endswith("培训名额（首次回复，还剩 3小时45分）")
    assert second.endswith("培训名额（首次回复，还剩 1小时30分）")


def test_an_unassigned_ticket_warns_its_group_but_not_who_is_away(session, now):
    agent(session, now, "chen@miec.example.cn")
    away = agent(session, now, "wu@miec.example.cn", name="吴昊")
    with transaction():
        record_of(session, away).away = True
    arrive(session, mail(date=now), now=now)

    assert enforcement.enforce_due(WARN).told == 1


def test_a_breach_is_recorded_at_its_due_instant_even_when_the_worker_was_down(session, now):
    """BEHAVIOURS 18."""
    agent(session, now)
    number = arrive(session, mail(date=now), now=now).ticket

    report = enforcement.enforce_due(DUE + timedelta(days=1))

    assert report.breached == 1
    target = session.get(Ticket, number).targets[0]
    assert (target.state, target.breached_at) == ("breached", DUE)
    event = session.scalars(select(Event).where(Event.kind == "clock.breach")).one()
    assert event.at == DUE
    assert event.recorded_at == DUE + timedelta(days=1)


def test_managers_hear_of_a_breach(session, now):
    agent(session, now, "boss@miec.example.cn", role="manager", name="周主管")
    chen = agent(session, now)
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        ticket = session.get(Ticket, number)
        tickets.assign(session, ticket, record_of(session, chen), now=now, by=chen.actor)

    assert enforcement.enforce_due(DUE + timedelta(minutes=1)).told == 2


def test_a_reply_at_the_due_instant_is_in_time(session, now):
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        replies.reply(session, session.get(Ticket, number), chen, "好的", now=DUE)

    assert enforcement.enforce_due(DUE + timedelta(hours=1)).breached == 0
    assert session.get(Ticket, number).targets[0].state == "met"


def test_met_meanwhile_means_that_no_notice_goes_out(session, now):
    """BEHAVIOURS 15."""
    chen = agent(session, now)
    number = arrive(session, mail(date=now), now=now).ticket
    with transaction():
        replies.reply(session, session.get(Ticket, number), chen, "好的", now=now)

    assert enforcement.enforce_due(DUE + timedelta(hours=1)).told == 0
    assert _kinds(session) == []


def test_a_late_reply_leaves_the_breach_and_its_time(session, now):
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        late = DUE + timedelta(minutes=45)
        replies.reply(session, session.get(Ticket, number), chen, "抱歉", now=late)

    target = session.get(Ticket, number).targets[0]
    assert (target.state, target.breached_at, target.met_at) == ("breached", DUE, late)


def test_resolving_without_a_reply_is_no_reply(session, now):
    """BEHAVIOURS 5."""
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        tickets.set_status(session, session.get(Ticket, number), "resolved", now=now, by=chen.actor)

    assert enforcement.enforce_due(DUE + timedelta(minutes=1)).breached == 1


def test_replying_and_setting_waiting_in_one_save_records_the_reply(session, now):
    """BEHAVIOURS 4."""
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        ticket = session.get(Ticket, number)
        replies.reply(session, ticket, chen, "请补充材料", status="waiting", now=now)

    assert ticket.status == "waiting"
    assert ticket.targets[0].met_at == now


def test_a_note_is_no_reply(session, now):
    """BEHAVIOURS 3."""
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        replies.note(session, session.get(Ticket, number), chen, "内部", now=now)

    assert session.get(Ticket, number).targets[0].met_at is None


def test_spam_never_escalates_and_comes_back_with_its_promise(session, now):
    """BEHAVIOURS 11."""
    number = arrive(session, mail(date=now), now=now).ticket
    chen = agent(session, now)
    with transaction():
        ticket = session.get(Ticket, number)
        tickets.set_status(session, ticket, "spam", now=now, by=chen.actor)
    assert enforcement.enforce_due(DUE + timedelta(minutes=1)).breached == 0

    with transaction():
        tickets.set_status(session, ticket, "open", now=now, by=chen.actor)
    assert ticket.targets[0].due_at == DUE


@pytest.mark.parametrize("status", ["spam", "merged"])
def test_a_broken_promise_on_spam_or_a_merged_ticket_is_nobodys_work(session, now, status):
    """BEHAVIOURS 11."""
    number = arrive(session, mail(date=now), now=now).ticket
    enforcement.enforce_due(DUE + timedelta(minutes=1))
    with transaction():
        ticket = session.get(Ticket, number)
        assert (ticket.at_risk, ticket.queue_at) == (True, DUE)
        ticket.status = status
        clocks.cancel(session, ticket, now=DUE + timedelta(minutes=2), by=SYSTEM)

    assert (ticket.at_risk, ticket.queue_at) == (False, NO_PROMISE)
    assert ticket.targets[0].breached_at == DUE


def test_a_sweep_looks_only_at_what_is_due(session, now):
    arrive(session, mail(date=now), now=now)

    assert enforcement.next_due(session) == WARN


def test_every_target_can_be_recomputed_from_the_log(session, now):
    """BEHAVIOURS 14."""
    chen = agent(session, now)
    for number in range(6):
        arrive(session, mail(date=now, message_id=f"<v{number}@cdxx.example.cn>"), now=now)
    with transaction():
        replies.reply(session, session.get(Ticket, 1), chen, "好", now=now)
        tickets.set_status(session, session.get(Ticket, 2), "waiting", now=now, by=chen.actor)
        tickets.set_status(session, session.get(Ticket, 3), "spam", now=now, by=chen.actor)
    enforcement.enforce_due(WARN)
    enforcement.enforce_due(DUE + timedelta(minutes=5))
    with transaction():
        late = DUE + timedelta(hours=1)
        replies.reply(session, session.get(Ticket, 4), chen, "晚了", now=late)

    assert list(verify_targets()) == []


def test_a_damaged_target_is_named(session, now):
    number = arrive(session, mail(date=now), now=now).ticket
    arrive(session, mail(date=now, message_id="<z@cdxx.example.cn>"), now=now)
    with transaction():
        session.scalars(select(Target).where(Target.ticket_id == number)).one().due_at = WARN

    differences = list(verify_targets())

    assert {d.ticket for d in differences} == {number}


def test_a_target_that_cannot_be_judged_holds_up_no_other_promise(session, now, monkeypatch):
    agent(session, now)
    for n in range(3):
        arrive(session, mail(date=now, message_id=f"<{n}@cdxx.example.cn>"), now=now)
    poisoned = session.scalars(select(Target.id).order_by(Target.id)).all()[1]
    record_due = clocks.record_due

    def broken(work, target, *, now):
        if target.id == poisoned:
            raise ZeroDivisionError
        return record_due(work, target, now=now)

    monkeypatch.setattr(clocks, "record_due", broken)
    over, hour = DUE + timedelta(minutes=1), timedelta(hours=1)
    assert enforcement.enforce_due(over).breached == 2

    monkeypatch.undo()
    assert enforcement.enforce_due(over + hour - timedelta(seconds=1)).breached == 0
    assert enforcement.enforce_due(over + hour).breached == 1
    session.rollback()
    assert set(session.scalars(select(Target.breached_at))) == {DUE}
    assert list(verify_targets()) == []


def test_the_group_of_a_ticket_is_the_default_one(session, now):
    number = arrive(session, mail(date=now), now=now).ticket

    group = session.scalars(select(Group).where(Group.is_default)).one()
    assert session.get(Ticket, number).group_id == group.id
