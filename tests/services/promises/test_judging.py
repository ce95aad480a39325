"""Which promise a ticket is judged by, through spam, edits and breaches that nobody swept yet."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Event, Message, Notification, Outbox, PolicyRecord, Target, Ticket
from helpdesk.services.arrivals import bounces
from helpdesk.services.desk import merging, replies, tickets
from helpdesk.services.hours import calendar_changes, calendars
from helpdesk.services.promises import clocks, enforcement, policies, policy_changes
from helpdesk.services.promises.verification import verify_targets
from helpdesk.services.sending import delivery
from sla.escalation import Action
from sla.policy import Promise
from tests.life.passing import WORKER
from tests.services import outboxes
from tests.services.automations.automating import automation
from tests.services.mails import arrive, mail
from tests.services.people import agent
from tests.web.pages import at

FIRST = Promise("first_reply", workdays=1)
RESOLUTION = Promise("resolution", minutes=450, pauses=True)
URGENT = Promise("first_reply", minutes=30)


@pytest.fixture
def chen(session, now):
    with transaction():
        default = policies.Draft("default", {}, (FIRST, RESOLUTION))
        policies.save(session, policies.default(session), default, by="test", now=now)
        urgent = policies.Draft("urgent", {"priority": ("urgent",)}, (URGENT, RESOLUTION))
        policies.save(session, None, urgent, by="test", now=now)
    return agent(session, now)


@pytest.fixture
def number(session, now, chen):
    return arrive(session, mail(date=now, Precedence="list"), now=now).ticket


def does(session, number, verb, *args, **more):
    with transaction():
        return verb(session, session.get_one(Ticket, number), *args, **more)


def target(session, number, metric="first_reply"):
    session.rollback()
    wanted = select(Target).where(Target.ticket_id == number, Target.metric == metric)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def next_replies(session):
    session.rollback()
    wanted = select(Target).where(Target.metric == "next_reply").order_by(Target.round)
    found = session.scalars(wanted.execution_options(populate_existing=True)).all()
    return [(target.state, target.started_at) for target in found]


def status(session, number, value, chen, when):
    does(session, number, tickets.set_status, value, now=at(when), by=chen.actor)


def test_an_edit_that_moves_nothing_is_in_the_log(session, number, chen):
    """BEHAVIOURS 12, 14: the time waited is counted with the hours that held then."""
    status(session, number, "waiting", chen, "23 10:30")
    with transaction():
        calendar = calendars.default_calendar(session)
        off = calendar_changes.days(date(2026, 12, 1), date(2026, 12, 1), kind="holiday")
        calendar_changes.make(session, calendar, off, now=at("23 11:00"))
    status(session, number, "open", chen, "23 11:30")

    kinds = select(Event.kind).where(Event.target_id == target(session, number, "resolution").id)
    assert "clock.judge" in session.scalars(kinds).all()
    assert list(verify_targets()) == []


def test_hours_edited_after_a_deadline_judge_nothing_that_was_broken_before(session, number, chen):
    """BEHAVIOURS 12: the worker was late, the promise was not."""
    before = target(session, number).calendar_version_id
    with transaction():
        calendar = calendars.default_calendar(session)
        off = calendar_changes.days(date(2026, 11, 24), date(2026, 11, 24), kind="holiday")
        calendar_changes.make(session, calendar, off, now=at("25 9:30"))

    broken = target(session, number)
    assert (broken.state, broken.due_at) == ("breached", at("24 10:00"))
    assert broken.calendar_version_id == before
    assert list(verify_targets()) == []


def test_spam_owes_nothing_whatever_is_changed_about_it(session, number, chen):
    """BEHAVIOURS 11."""
    status(session, number, "spam", chen, "23 10:05")
    by = {"now": at("23 10:10"), "by": chen.actor}
    does(session, number, tickets.set_property, "priority", "urgent", **by)

    assert target(session, number).state == "cancelled"
    assert enforcement.enforce_due(at("25 10:00")).breached == 0

    status(session, number, "open", chen, "25 10:10")
    back = target(session, number)
    assert (back.policy_name, back.due_at) == ("urgent", at("23 10:30"))
    assert list(verify_targets()) == []


def test_a_closed_ticket_that_was_spam_in_between_stays_solved_in_time(session, number, chen):
    """BEHAVIOURS 10: only opening it again lets the resolution run on."""
    does(session, number, replies.reply, chen, "好", status="closed", now=at("23 11:00"))
    status(session, number, "spam", chen, "23 11:10")
    status(session, number, "closed", chen, "27 11:00")
    solved = target(session, number, "resolution")
    assert (solved.state, solved.met_at) == ("met", at("23 11:00"))

    status(session, number, "spam", chen, "27 11:10")
    status(session, number, "open", chen, "27 11:30")
    assert target(session, number, "resolution").due_at == at("30 10:30")
    assert list(verify_targets()) == []


def test_spam_is_owed_no_reply_that_comes_back(session, number, chen):
    """BEHAVIOURS 11, 23."""
    sent = does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    status(session, number, "spam", chen, "23 10:20")
    with transaction():
        message = session.get_one(Message, sent.id)
        bounces.mark_failed(session, message, "no such box", now=at("23 10:30"))

    assert target(session, number).state == "cancelled"
    assert list(verify_targets()) == []


@pytest.fixture
def asked_twice(session, number, chen):
    """Have two questions after the first reply, each answered; return the two answers."""
    with transaction():
        promised = (FIRST, Promise("next_reply", workdays=1))
        draft = policies.Draft("low", {"priority": ("low",)}, promised)
        policies.save(session, None, draft, by="test", now=at("23 10:00"))
    by = {"now": at("23 10:05"), "by": chen.actor}
    does(session, number, tickets.set_property, "priority", "low", **by)
    does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    answers = []
    for asked, answered in (("23 10:20", "23 10:30"), ("23 10:40", "23 10:50")):
        when = {"at": at(asked), "now": at(asked), "by": chen.actor}
        does(session, number, clocks.asked_again, **when)
        answers.append(does(session, number, replies.reply, chen, "再答", now=at(answered)).id)
    return answers


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["earlier first", "later first"])
def test_next_replies_that_are_owed_again_are_owed_for_the_oldest_question(
    session, asked_twice, order
):
    """BEHAVIOURS 6, 23."""
    for place in order:
        with transaction():
            message = session.get_one(Message, asked_twice[place])
            bounces.mark_failed(session, message, "no such box", now=at("23 11:00"))

    assert next_replies(session) == [
        ("running", at("23 10:20")),
        ("cancelled", at("23 10:40")),
    ]
    assert list(verify_targets()) == []


def test_of_a_ticket_that_was_no_spam_the_oldest_question_owns_the_next_reply(
    session, number, chen, asked_twice
):
    """BEHAVIOURS 6, 11, 23."""
    for answer in asked_twice:
        with transaction():
            message = session.get_one(Message, answer)
            bounces.mark_failed(session, message, "no such box", now=at("23 11:00"))
    status(session, number, "spam", chen, "23 11:10")
    status(session, number, "open", chen, "23 11:20")

    assert next_replies(session) == [
        ("running", at("23 10:20")),
        ("cancelled", at("23 10:40")),
    ]
    assert list(verify_targets()) == []


def test_of_a_ticket_that_was_no_spam_a_broken_question_is_not_joined_by_a_later_one(
    session, number, chen, asked_twice
):
    """BEHAVIOURS 6, 11, 23."""
    for answer in asked_twice:
        with transaction():
            message = session.get_one(Message, answer)
            bounces.mark_failed(session, message, "no such box", now=at("23 11:00"))
    enforcement.enforce_due(at("25 9:30"))
    status(session, number, "spam", chen, "25 10:10")
    status(session, number, "open", chen, "25 10:20")

    assert next_replies(session) == [
        ("breached", at("23 10:20")),
        ("cancelled", at("23 10:40")),
    ]
    assert list(verify_targets()) == []


def test_a_breach_that_an_action_came_upon_first_is_told_and_acted_on(session, number, chen):
    """BEHAVIOURS 18: whoever records it, people hear of it, once."""
    boss = agent(session, at("23 10:00"), "boss@miec.example.cn", role="manager", name="张主任")
    acting = Promise("first_reply", minutes=30, actions=(Action("breach", "priority", "high"),))
    with transaction():
        draft = policies.Draft("low", {"priority": ("low",)}, (acting,))
        policies.save(session, None, draft, by="test", now=at("23 10:00"))
    by = {"now": at("23 11:00"), "by": chen.actor}
    does(session, number, tickets.set_property, "priority", "low", **by)
    assert target(session, number).breached_at == at("23 10:30")

    for _ in range(2):
        enforcement.enforce_due(at("23 11:01"))

    told = session.scalars(select(Notification.agent_id).where(Notification.kind == "breach"))
    assert boss.agent_id in told.all()
    taken = session.scalars(select(Event).where(Event.kind == "promise.escalated")).all()
    assert [event.data["do"] for event in taken] == ["priority"]
    assert session.get_one(Ticket, number, populate_existing=True).priority == "high"
    assert len(session.scalars(select(Event).where(Event.kind == "clock.breach")).all()) == 1
    assert list(verify_targets()) == []


def test_a_breach_that_was_answered_before_the_sweep_is_told_to_nobody(session, number, chen):
    """BEHAVIOURS 15."""
    status(session, number, "waiting", chen, "24 11:00")
    does(session, number, replies.reply, chen, "晚了", now=at("24 11:01"))

    report = enforcement.enforce_due(at("24 11:02"))

    assert (report.breached, report.told) == (1, 1)  # the resolution, which is still owed
    assert list(verify_targets()) == []


def test_a_reply_that_failed_and_waits_again_stands_for_no_other(session, number, chen, now):
    """BEHAVIOURS 23: it counts from when it leaves, not from when it was written."""
    first = does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    with transaction():
        row = session.scalars(select(Outbox).where(Outbox.message_id == first.id)).one()
        row.state = "dead"
        message = session.get_one(Message, first.id)
        bounces.mark_failed(session, message, "no such box", now=at("23 10:20"))
    with transaction():
        delivery.try_again(session, row.id, now=at("23 10:30"))
    second = does(session, number, replies.reply, chen, "再答", now=at("23 10:40"))
    with transaction():
        message = session.get_one(Message, second.id)
        bounces.mark_failed(session, message, "no such box", now=at("23 10:50"))
    assert target(session, number).met_at is None

    outboxes.deliver(at("23 11:00"), worker=WORKER)
    assert target(session, number).met_at == at("23 11:00")
    assert list(verify_targets()) == []


def test_a_first_reply_promised_anew_is_not_owed_where_it_was_given(session, number, chen):
    """BEHAVIOURS 11: what was cleared and answered meanwhile does not begin again."""
    with transaction():
        draft = policies.Draft("low", {"priority": ("low",)}, (RESOLUTION,))
        policies.save(session, None, draft, by="test", now=at("23 10:00"))
    by = {"by": chen.actor}
    does(session, number, tickets.set_property, "priority", "low", now=at("23 10:05"), **by)
    does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    again = mail(date=at("23 10:20"), message_id="<2@x.cn>", In_Reply_To="<q1@cdxx.example.cn>")
    arrive(session, again, now=at("23 10:20") + timedelta(seconds=1))
    does(session, number, tickets.set_property, "priority", "normal", now=at("25 9:30"), **by)

    assert target(session, number).state == "cancelled"
    assert list(verify_targets()) == []


def day_off(session, day, when):
    with transaction():
        off = calendar_changes.days(day, day, kind="holiday")
        calendar_changes.make(session, calendars.default_calendar(session), off, now=at(when))


def test_what_is_opened_again_knows_the_days_off_entered_while_it_was_settled(
    session, number, chen
):
    """BEHAVIOURS 10, 12: it is open again, and follows like every open one."""
    does(session, number, replies.reply, chen, "好", status="resolved", now=at("23 11:00"))
    judged_by = target(session, number, "resolution").calendar_version_id
    day_off(session, date(2026, 11, 24), "23 11:30")
    assert target(session, number, "resolution").calendar_version_id == judged_by

    status(session, number, "open", chen, "23 15:00")

    assert target(session, number, "resolution").due_at == at("25 14:00")
    assert list(verify_targets()) == []


def test_a_reply_that_never_arrived_is_owed_by_the_days_off_entered_since(session, number, chen):
    """BEHAVIOURS 12, 23: nor was the promise broken on a day that is off."""
    sent = does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    day_off(session, date(2026, 11, 24), "23 11:30")
    with transaction():
        message = session.get_one(Message, sent.id)
        bounces.mark_failed(session, message, "no such box", now=at("24 15:00"))

    owed = target(session, number)
    assert (owed.state, owed.due_at) == ("running", at("25 10:00"))
    assert list(verify_targets()) == []


def test_a_reply_that_failed_beside_another_stays_judged_as_it_was(session, number, chen):
    """BEHAVIOURS 12: nothing is owed again, so no later edit of days off counts."""
    sent = does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    does(session, number, replies.reply, chen, "再答", now=at("23 10:20"))
    judged_by = target(session, number).calendar_version_id
    day_off(session, date(2026, 11, 24), "23 11:30")
    with transaction():
        message = session.get_one(Message, sent.id)
        bounces.mark_failed(session, message, "no such box", now=at("23 15:00"))

    still = target(session, number)
    assert (still.met_at, still.calendar_version_id) == (at("23 10:20"), judged_by)
    assert list(verify_targets()) == []


def waited(session, number, chen):
    """Let a ticket wait for its requester from Monday 10:30 to 11:30."""
    status(session, number, "waiting", chen, "23 10:30")
    status(session, number, "open", chen, "23 11:30")


def test_a_ticket_that_was_no_spam_has_the_pauses_that_it_had(session, number, chen):
    """BEHAVIOURS 8: due on Tuesday at 10:00, and an hour later for the hour waited."""
    waited(session, number, chen)
    status(session, number, "spam", chen, "23 11:40")
    status(session, number, "open", chen, "23 11:50")

    back = target(session, number, "resolution")
    assert (back.due_at, back.paused_minutes) == (at("24 11:00"), 60)
    assert list(verify_targets()) == []


def test_time_settled_before_it_was_spam_does_not_count(session, number, chen):
    """BEHAVIOURS 10."""
    status(session, number, "resolved", chen, "23 10:30")
    status(session, number, "open", chen, "23 11:30")
    status(session, number, "spam", chen, "23 11:40")
    status(session, number, "open", chen, "23 11:50")

    assert target(session, number, "resolution").due_at == at("24 11:00")
    assert list(verify_targets()) == []


@pytest.fixture
def unpromised(session, chen):
    """Promise no resolution to tickets of low priority."""
    with transaction():
        draft = policies.Draft("low", {"priority": ("low",)}, (FIRST,))
        policies.save(session, None, draft, by="test", now=at("23 10:00"))


def prioritized(session, number, chen, value, when):
    by = {"now": at(when), "by": chen.actor}
    does(session, number, tickets.set_property, "priority", value, **by)


@pytest.mark.usefixtures("unpromised")
def test_pauses_survive_a_policy_that_promises_nothing_of_the_kind(session, number, chen):
    """BEHAVIOURS 8, 11: those before it, and those in its time."""
    status(session, number, "waiting", chen, "23 10:10")
    prioritized(session, number, chen, "low", "23 10:20")
    status(session, number, "open", chen, "23 10:40")
    status(session, number, "waiting", chen, "23 10:50")
    prioritized(session, number, chen, "normal", "23 11:00")
    assert target(session, number, "resolution").paused_at == at("23 10:50")
    status(session, number, "open", chen, "23 11:20")

    back = target(session, number, "resolution")
    assert (back.due_at, back.paused_minutes) == (at("24 11:00"), 60)
    assert list(verify_targets()) == []


@pytest.mark.usefixtures("unpromised")
def test_a_resolution_promised_anew_counts_no_time_waited_or_settled(session, chen):
    """BEHAVIOURS 8, 10: as if it had been promised from the beginning."""
    automation(session, "Lists", conditions={"words": ("揭牌",)}, priority="low")
    number = arrive(
        session, mail(date=at("23 10:00"), Precedence="list"), now=at("23 10:00")
    ).ticket
    waited(session, number, chen)
    status(session, number, "resolved", chen, "23 11:30")
    status(session, number, "open", chen, "23 14:00")
    prioritized(session, number, chen, "normal", "23 15:00")

    anew = target(session, number, "resolution")
    assert (anew.state, anew.due_at) == ("running", at("24 12:00"))
    assert list(verify_targets()) == []


@pytest.mark.usefixtures("unpromised")
def test_a_preview_tells_the_deadline_that_a_promise_made_again_then_has(session, number, chen):
    waited(session, number, chen)
    prioritized(session, number, chen, "low", "23 11:40")
    retiring = policy_changes.retiring(
        session.scalars(select(PolicyRecord.id).where(PolicyRecord.name == "low")).one()
    )
    session.rollback()
    shown = policy_changes.preview(retiring, now=at("23 11:50"))
    with transaction():
        policy_changes.make(session, retiring, for_open=True, now=at("23 11:50"), by=chen.actor)

    assert [move.after for move, _ in shown.rows] == [at("24 11:00")]
    assert target(session, number, "resolution").due_at == at("24 11:00")
    assert list(verify_targets()) == []


@pytest.mark.usefixtures("unpromised")
def test_a_resolution_taken_over_is_not_joined_by_one_that_was_cleared_before(
    session, number, chen
):
    """BEHAVIOURS 11, 32: a ticket is settled once, so one clock waits for it."""
    prioritized(session, number, chen, "low", "23 10:10")
    other = arrive(session, mail(date=at("23 10:20"), message_id="<2@x.cn>"), now=at("23 10:20"))
    with transaction():
        merging.merge(session, chen, [other.ticket], number, now=at("23 10:30"))
    prioritized(session, number, chen, "normal", "23 10:40")

    session.rollback()
    mine = session.get_one(Ticket, number, populate_existing=True).targets
    solving = [target.state for target in mine if target.metric == "resolution"]
    assert solving == ["cancelled", "running"]
    assert list(verify_targets()) == []


@pytest.mark.parametrize(
    ("again", "awaiting", "owed"),
    [("open", True, [("running", at("23 10:30"))]), ("closed", False, [])],
)
def test_what_was_asked_while_it_was_spam_waits_for_an_answer(  # noqa: PLR0917
    session, number, chen, again, awaiting, owed
):
    """BEHAVIOURS 6: unless whoever says that it is none closes it."""
    with transaction():
        draft = policies.Draft("default", {}, (FIRST, Promise("next_reply", workdays=1)))
        policies.save(session, policies.default(session), draft, by="test", now=at("23 10:00"))
    does(session, number, replies.reply, chen, "好", now=at("23 10:10"))
    status(session, number, "spam", chen, "23 10:20")
    reply = mail(date=at("23 10:30"), message_id="<2@x.cn>", In_Reply_To="<q1@cdxx.example.cn>")
    assert arrive(session, reply, now=at("23 10:30")).ticket == number
    status(session, number, again, chen, "23 10:40")

    assert session.get_one(Ticket, number, populate_existing=True).awaiting_reply is awaiting
    assert next_replies(session) == owed
    assert list(verify_targets()) == []
