"""The life of each promise on a ticket: what starts it, what meets it, what clears it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import (
    CalendarHours,
    Center,
    Event,
    Group,
    Message,
    Notification,
    Outbox,
    ServiceCalendar,
    Target,
    Ticket,
)
from helpdesk.services.arrivals import bounces
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hotline import call_import, call_sources, ringing_back
from helpdesk.services.hours import calendars
from helpdesk.services.promises import enforcement, policies
from helpdesk.services.promises.verification import verify_targets
from sla.escalation import Action
from sla.policy import Promise
from tests.services import outboxes
from tests.services.mails import arrive, mail
from tests.services.onsite.visiting import asked, step
from tests.services.people import agent, contact, record_of
from tests.web.pages import at

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
"""A mail is understood a second after it came."""
FIRST = Promise("first_reply", workdays=1)
NEXT = Promise("next_reply", minutes=120)
RESOLUTION = Promise("resolution", minutes=450, pauses=True)
CALLBACK = Promise("callback", minutes=60)
REPORT = Promise("visit_report", workdays=2)


@pytest.fixture
def promising(session, now):
    """Return a function that makes the desk promise other things."""

    def promise(*promises, now=now - HOUR):
        with transaction():
            record = policies.default(session)
            draft = policies.Draft("default", {}, promises)
            policies.save(session, record, draft, by="test", now=now)

    return promise


def targets(session, metric, number=1):
    session.rollback()
    wanted = select(Target).where(Target.metric == metric, Target.ticket_id == number)
    return session.scalars(wanted.order_by(Target.round)).all()


def question(session, now, n=1, text="请问？", **fields):
    raw = mail(text=text, message_id=f"<n{n}@cdxx.example.cn>", date=now, **fields)
    return arrive(session, raw, now=now).ticket


def again(session, now, n, text="还有一个问题"):
    return question(session, now, n, text, In_Reply_To="<n1@cdxx.example.cn>")


def reply(session, viewer, number, now, status=None):
    with transaction():
        ticket = session.get_one(Ticket, number)
        message = replies.reply(session, ticket, viewer, "好的", status=status, now=now)
    return message.id


def test_the_oldest_unanswered_message_owns_the_next_reply(session, now, promising):
    """BEHAVIOURS 6: further messages do not extend it."""
    promising(FIRST, NEXT)
    chen = agent(session, now)
    number = question(session, now)
    reply(session, chen, number, now + MINUTE)
    again(session, now + HOUR, 2)
    again(session, now + HOUR + 30 * MINUTE, 3)

    [owed] = targets(session, "next_reply")
    assert (owed.started_at, owed.due_at) == (at("23 11:00"), at("23 14:30"))

    reply(session, chen, number, at("23 14:40"))
    again(session, at("23 15:00"), 4)
    first, second = targets(session, "next_reply")
    assert (first.state, first.met_at, first.service_minutes) == ("breached", at("23 14:40"), 130)
    assert (second.round, second.state, second.started_at) == (2, "running", at("23 15:00"))
    assert list(verify_targets()) == []


def test_before_the_first_reply_there_is_no_next_one(session, now, promising):
    promising(FIRST, NEXT)
    question(session, now)
    again(session, now + HOUR, 2)

    assert targets(session, "next_reply") == []


def test_resolving_clears_a_next_reply_that_nobody_needs_and_meets_the_resolution(
    session, now, promising
):
    promising(FIRST, NEXT, RESOLUTION)
    chen = agent(session, now)
    number = question(session, now)
    reply(session, chen, number, now + MINUTE)
    again(session, now + HOUR, 2, "谢谢！")
    with transaction():
        ticket = session.get_one(Ticket, number)
        tickets.set_status(session, ticket, "resolved", now=at("23 11:30"), by=chen.actor)

    assert [t.state for t in targets(session, "next_reply")] == ["cancelled"]
    [solved] = targets(session, "resolution")
    assert (solved.state, solved.met_at, solved.service_minutes) == ("met", at("23 11:30"), 90)


def test_waiting_pauses_the_resolution_and_reopening_goes_on_from_what_was_used(
    session, now, promising
):
    """BEHAVIOURS 8, 10: closed time does not count."""
    promising(FIRST, RESOLUTION)
    chen = agent(session, now)
    number = question(session, now)
    reply(session, chen, number, at("23 11:00"), "waiting")
    again(session, at("23 15:00"), 2)
    [running] = targets(session, "resolution")
    assert (running.state, running.due_at) == ("running", at("24 14:00") + SECOND)

    reply(session, chen, number, at("23 16:00"), "resolved")
    again(session, at("24 09:00"), 3)
    [running] = targets(session, "resolution")
    assert (running.state, running.met_at) == ("running", None)
    assert running.due_at == at("24 16:00") + 2 * SECOND  # two of seven and a half hours were used
    assert list(verify_targets()) == []


def test_a_failed_answer_leaves_the_next_reply_owed(session, now, promising):
    """BEHAVIOURS 23."""
    promising(FIRST, NEXT)
    chen = agent(session, now)
    number = question(session, now)
    reply(session, chen, number, now + MINUTE)
    again(session, now + HOUR, 2)
    failed = reply(session, chen, number, at("23 11:10"))
    with transaction():
        message = session.get_one(Message, failed)
        bounces.mark_failed(session, message, "no such box", now=now + 2 * HOUR)

    [owed] = targets(session, "next_reply")
    assert (owed.met_at, owed.state) == (None, "running")
    [first] = targets(session, "first_reply")
    assert first.met_at == now + MINUTE
    assert list(verify_targets()) == []


def test_an_answer_that_leaves_late_does_not_answer_what_was_asked_meanwhile(
    session, now, promising
):
    promising(FIRST, NEXT)
    chen = agent(session, now)
    number = question(session, now)
    reply(session, chen, number, now + MINUTE)
    again(session, now + HOUR, 2)
    outboxes.deliver(now + HOUR + MINUTE)

    [owed] = targets(session, "next_reply")
    assert owed.met_at is None


def test_a_callback_is_owed_from_the_missed_call_until_somebody_is_reached(session, now, promising):
    promising(FIRST, CALLBACK)
    chen = agent(session, now)
    start = int(now.timestamp())
    lines = [
        f"{start}|{start}.1|600|NONE|ENTERQUEUE||13900139000|1",
        f"{start + 30}|{start}.1|600|NONE|ABANDON|1|1|30",
    ]
    with transaction():
        source = call_sources.source_named(session, None, now=now).id
    call_import.import_log(source, "queue_log", lines, now=now + MINUTE)

    [owed] = targets(session, "callback")
    assert (owed.started_at, owed.due_at) == (now, at("23 11:00"))
    with transaction():
        ringing_back.log_outcome(session, chen, 1, "no_answer", now=now + 5 * MINUTE)
    assert targets(session, "callback")[0].met_at is None
    with transaction():
        ringing_back.log_outcome(session, chen, 1, "reached", now=now + 10 * MINUTE)
    assert targets(session, "callback")[0].met_at == now + 10 * MINUTE


def test_a_wrong_number_is_owed_no_callback(session, now, promising):
    promising(FIRST, CALLBACK)
    chen = agent(session, now)
    start = int(now.timestamp())
    with transaction():
        source = call_sources.source_named(session, None, now=now).id
    line = f"{start}|{start}.1|600|NONE|ENTERQUEUE||13900139000|1"
    gone = f"{start + 30}|{start}.1|600|NONE|ABANDON|1|1|30"
    call_import.import_log(source, "queue_log", [line, gone], now=now + MINUTE)
    with transaction():
        ringing_back.log_outcome(session, chen, 1, "wrong_number", now=now + 5 * MINUTE)

    assert targets(session, "callback")[0].state == "cancelled"
    assert targets(session, "first_reply")[0].state == "running"


def test_a_visits_report_is_owed_from_its_end(session, now, promising):
    promising(FIRST, REPORT)
    chen = agent(session, now)
    wang = contact(session, now, "wang@college.test", "CD01")
    visit = asked(session, wang, now, "26 9:00-12:00")
    number = visit.ticket_id
    visit = step(session, "accept", chen, visit.id, visit.open_dates[0].id, now=now + HOUR)
    [owed] = targets(session, "visit_report", number)
    assert (owed.started_at, owed.due_at) == (at("26 12:00"), at("30 12:00"))

    step(session, "cancel", chen, visit.id, reason="台风", now=now + 2 * HOUR)
    assert targets(session, "visit_report", number)[0].state == "cancelled"
    assert list(verify_targets()) == []


def test_what_no_policy_promises_any_more_is_cleared_and_what_one_promises_anew_begins(
    session, now, promising
):
    """BEHAVIOURS 11."""
    promising(FIRST, RESOLUTION)
    chen = agent(session, now)
    with transaction():
        urgent = Promise("first_reply", minutes=60)
        draft = policies.Draft("urgent", {"priority": ("urgent",)}, (urgent, NEXT))
        policies.save(session, None, draft, by="test", now=now)
    number = question(session, now)

    def set_priority(value, when):
        with transaction():
            ticket = session.get_one(Ticket, number)
            tickets.set_property(session, ticket, "priority", value, now=when, by=chen.actor)

    set_priority("urgent", now + 5 * MINUTE)
    assert targets(session, "first_reply")[0].due_at == at("23 11:00")
    assert targets(session, "resolution")[0].state == "cancelled"
    set_priority("normal", now + 10 * MINUTE)
    assert targets(session, "first_reply")[0].due_at == at("24 10:00")
    assert targets(session, "resolution")[0].state == "running"
    assert list(verify_targets()) == []


@pytest.mark.parametrize(
    ("calendar_of", "due"), [("policy", "23 20:00"), ("region", "23 20:00"), ("group", "23 20:00")]
)
def test_promises_count_in_the_calendar_that_serves_the_ticket(
    session, now, promising, calendar_of, due
):
    promising(Promise("first_reply", minutes=600))
    with transaction():
        always = ServiceCalendar(name="全天", tz="Asia/Shanghai", makeup_days_open=False)
        always.hours = [CalendarHours(weekday=day, opens=0, closes=1440) for day in range(7)]
        session.add(always)
        session.flush()
        calendars.save_version(session, always, now=now - HOUR)
        if calendar_of == "policy":
            policies.default(session).calendar_id = always.id
        elif calendar_of == "group":
            session.scalars(select(Group).where(Group.is_default)).one().calendar_id = always.id
        else:
            always.regions = ["四川"]
    if calendar_of == "region":
        contact(session, now, "lijianguo@cdxx.example.cn", "CD01")
        with transaction():
            session.scalars(select(Center)).one().region = "四川"
    number = question(session, now)

    assert targets(session, "first_reply", number)[0].due_at == at(due)


def test_actions_are_taken_at_their_points_once(session, now, promising):
    chen = agent(session, now)
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    boss = agent(session, now, "boss@miec.example.cn", role="manager", name="张主任")
    with transaction():
        session.add(Group(name="二线", agents=[record_of(session, wu)]))
    promising(
        Promise(
            "first_reply",
            minutes=100,
            warn_percent=(50, 80),
            actions=(
                Action("50%", "priority", "high"),
                Action("80%", "group", "二线"),
                Action("80%", "notify", "managers"),
                Action("breach", "assign", "wu@miec.example.cn"),
            ),
        )
    )
    number = question(session, now)
    with transaction():
        ticket = session.get_one(Ticket, number)
        tickets.assign(session, ticket, record_of(session, chen), now=now, by=chen.actor)

    def looks():
        session.rollback()
        ticket = session.get_one(Ticket, number)
        return ticket.priority, ticket.group.name, ticket.assignee.name

    for _ in range(2):
        enforcement.enforce_due(now + 50 * MINUTE)
    assert looks() == ("high", "服务台", "陈静")
    for _ in range(2):
        enforcement.enforce_due(now + 80 * MINUTE)
    assert looks() == ("high", "二线", "陈静")
    told = select(Notification.agent_id).where(Notification.kind == "warning")
    assert session.scalars(told).all() == [chen.agent_id, chen.agent_id, boss.agent_id]
    for _ in range(2):
        enforcement.enforce_due(now + 101 * MINUTE)
    assert looks() == ("high", "二线", "吴昊")
    taken = session.scalars(
        select(Event).where(Event.kind == "promise.escalated").order_by(Event.id)
    ).all()
    assert [event.data["when"] for event in taken] == ["50%", "80%", "80%", "breach"]
    assert list(verify_targets()) == []


def test_an_action_that_cannot_be_taken_is_recorded_and_hinders_nothing(session, now, promising):
    with transaction():
        session.add(Group(name="二线"))
    action = Action("breach", "group", "二线")
    promising(Promise("first_reply", minutes=100, actions=(action,)))
    number = question(session, now)
    with transaction():
        session.delete(session.scalars(select(Group).where(Group.name == "二线")).one())

    assert enforcement.enforce_due(now + 101 * MINUTE).breached == 1
    [event] = session.scalars(select(Event).where(Event.kind == "promise.escalated"))
    assert (event.ticket_id, "二线" in event.data["refused"]) == (number, True)


def test_mails_to_who_wants_quiet_wait_for_service_hours(session, now, promising):
    """BEHAVIOURS 16."""
    quiet = agent(session, now)
    loud = agent(session, now, "wu@miec.example.cn", name="吴昊")
    with transaction():
        record_of(session, quiet).quiet = True
    promising(Promise("first_reply", minutes=30))
    question(session, at("23 17:30"))

    enforcement.enforce_due(at("23 18:01"))

    leaves = {
        row.recipients[0]: row.next_try_at
        for row in session.scalars(select(Outbox).where(Outbox.kind == "notice"))
    }
    assert leaves == {quiet.email: at("24 9:00"), loud.email: at("23 18:01")}


def test_late_reply_is_not_hidden_by_a_pause(session, now, promising):
    """BEHAVIOURS 9."""
    promising(FIRST, RESOLUTION)
    chen = agent(session, now)
    number = question(session, now)
    enforcement.enforce_due(datetime(2026, 11, 24, 2, 1, tzinfo=UTC))
    with transaction():
        ticket = session.get_one(Ticket, number)
        tickets.set_status(session, ticket, "waiting", now=at("24 11:00"), by=chen.actor)

    [broken] = targets(session, "resolution")
    assert (broken.state, broken.breached_at) == ("breached", at("24 10:00"))
