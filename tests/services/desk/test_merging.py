"""Tickets about one matter become one, and nothing is dropped (BEHAVIOURS 32)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels.message import Receipt
from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    NO_PROMISE,
    Callback,
    ChannelAccount,
    Event,
    Message,
    Notification,
    Outbox,
    Target,
    Ticket,
)
from helpdesk.services.access import ticket_for
from helpdesk.services.arrivals import bounces, web_forms
from helpdesk.services.arrivals.web_forms import Question
from helpdesk.services.desk import (
    conversation,
    merge_preview,
    merged,
    merging,
    properties,
    replies,
    tickets,
)
from helpdesk.services.hotline import callbacks
from helpdesk.services.onsite import visits
from helpdesk.services.operations import tallies
from helpdesk.services.promises import enforcement
from helpdesk.services.promises.verification import verify_targets
from helpdesk.services.reports import figures
from helpdesk.services.sending import copies, delivery
from sla.policy import Promise
from tests.services.judged import boss, make, saving
from tests.services.mails import arrive, mail
from tests.services.people import agent, contact

__all__ = ["boss", "make", "saving"]
SERIAL = count()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOON = Promise("first_reply", minutes=60)
LATER = Promise("first_reply", minutes=120)
NEXT = Promise("next_reply", minutes=60)
SETTLED = Promise("resolution", minutes=240, pauses=True)


@pytest.fixture
def chen(session, now):
    return agent(session, now)


def asked(session, at, *, who="lijianguo", text="谁来出席？", **fields) -> int:
    """Let somebody ask by mail; return the ticket's number."""
    key = f"q{next(SERIAL)}"
    raw = mail(
        text=text,
        sender=f"{who}@cdxx.example.cn",
        message_id=f"<{key}@x.example>",
        date=at,
        **fields,
    )
    return arrive(session, raw, now=at).ticket


def merge(session, viewer, sources, into, now) -> None:
    session.rollback()
    with transaction() as work:
        merging.merge(work, viewer, sources, into, now=now)


def refused(session, viewer, sources, into, now) -> str:
    """Return why a merge is refused; it changes nothing."""
    session.rollback()
    before = session.scalars(select(Event.id)).all()
    with pytest.raises(Refusal) as refusal, transaction() as work:
        merging.merge(work, viewer, sources, into, now=now)
    assert session.scalars(select(Event.id)).all() == before
    session.rollback()
    return refusal.value.code


def on(session, number) -> Ticket:
    session.rollback()
    return session.get_one(Ticket, number)


def owed(session, number) -> dict[str, Target]:
    """Return what a ticket owes, by metric."""
    return {
        target.metric: target
        for target in on(session, number).targets
        if target.met_at is None and target.state != "cancelled"
    }


def answer(session, viewer, number, now, **more) -> Message:
    session.rollback()
    with transaction() as work:
        return replies.reply(work, work.get_one(Ticket, number), viewer, "答", now=now, **more)


def said(session, viewer, number) -> list[str]:
    """Return what people wrote that is read on a ticket, in the order in which it is read."""
    read = conversation.read(session, viewer, on(session, number))
    found = [entry.message for entry in read.entries if entry.message]
    return [message.text for message in found if not message.automatic]


def kinds(session, number) -> list[str]:
    rows = select(Event.kind).where(Event.ticket_id == number).order_by(Event.id)
    return [kind for kind in session.scalars(rows) if kind.startswith("ticket.")]


def proved(now) -> None:
    """The log tells everything: ``helpdesk sla verify`` is silent, before a sweep and after."""
    assert list(verify_targets()) == []
    enforcement.enforce_due(now)
    assert list(verify_targets()) == []


# what is read, and where


def test_what_was_said_is_read_on_the_ticket_that_goes_on_in_the_order_of_time(session, now, chen):
    """BEHAVIOURS 32."""
    one, two = asked(session, now, text="一"), asked(session, now + HOUR, text="二")
    answer(session, chen, one, now + 2 * HOUR)

    merge(session, chen, [two], one, now + 3 * HOUR)

    assert said(session, chen, one) == ["一", "二", "答"]
    assert said(session, chen, two) == ["二"]
    assert (on(session, two).status, on(session, two).merged_into_id) == ("merged", one)
    assert kinds(session, two)[-1] == "ticket.merged"
    assert "ticket.absorbed" in kinds(session, one)
    proved(now + 3 * HOUR)


def test_a_long_conversation_of_both_goes_on_page_by_page(session, now, chen, monkeypatch):
    """BEHAVIOURS 32."""
    monkeypatch.setattr(conversation, "PAGE", 2)
    numbers = [asked(session, now + n * HOUR, text=str(n)) for n in range(3)]
    merge(session, chen, numbers[1:], numbers[0], now + 4 * HOUR)

    pages, before = [], None
    while True:
        read = conversation.read(session, chen, on(session, numbers[0]), before=before)
        pages = [e.message.id for e in read.entries if e.message] + pages
        before = read.earlier
        if before is None:
            break

    rows = select(Message.id).order_by(Message.at, Message.id)
    assert pages == session.scalars(rows).all()


def test_everything_that_led_to_a_ticket_leads_on(session, now, chen):
    """BEHAVIOURS 32: a chain ends at its end."""
    one, two, three = (asked(session, now + n * HOUR, text=str(n)) for n in range(3))
    merge(session, chen, [one], two, now + 4 * HOUR)

    merge(session, chen, [two], three, now + 5 * HOUR)

    assert [on(session, n).merged_into_id for n in (one, two, three)] == [three, three, None]
    assert said(session, chen, three) == ["0", "1", "2"]
    assert kinds(session, one)[-1] == "ticket.led_on"


# refusals


def test_what_cannot_be_merged_is_refused_and_nothing_changes(session, now, chen):
    """BEHAVIOURS 32: no circles."""
    one, two, three = (asked(session, now + n * HOUR, text=str(n)) for n in range(3))
    merge(session, chen, [one], two, now + 4 * HOUR)
    later = now + 5 * HOUR

    assert refused(session, chen, [], two, later) == "nothing_to_merge"
    assert refused(session, chen, [three, two], two, later) == "same_ticket"
    assert refused(session, chen, [three], one, later) == "merged"
    assert refused(session, chen, [two], one, later) == "merged"
    assert refused(session, chen, [one], three, later) == "merged_before"
    assert refused(session, chen, [three], 999, later) == "no_ticket"
    assert refused(session, chen, [2**40], three, later) == "no_ticket"
    assert refused(session, chen, range(1, 90), 99, later) == "too_many_tickets"


def test_a_refusal_names_the_ticket_that_goes_on(session, now, chen):
    one, two, three = (asked(session, now + n * HOUR, text=str(n)) for n in range(3))
    merge(session, chen, [one], two, now + 4 * HOUR)

    with pytest.raises(Refusal) as refusal:
        merge(session, chen, [three], one, now + 5 * HOUR)

    assert f"#{two}" in refusal.value.sentence


def test_spam_is_merged_with_nothing(session, now, chen):
    one, two = asked(session, now), asked(session, now + HOUR)
    with transaction() as work:
        tickets.set_status(work, work.get_one(Ticket, one), "spam", now=now, by=chen.actor)

    assert refused(session, chen, [one], two, now + 2 * HOUR) == "spam"
    assert refused(session, chen, [two], one, now + 2 * HOUR) == "spam"


def test_only_the_office_merges(session, now, chen):
    """BEHAVIOURS 35."""
    wang = contact(session, now, "wang@cdxx.example.cn", "CDXX")
    one, two = asked(session, now, who="wang"), asked(session, now + HOUR, who="wang")
    session.rollback()

    with pytest.raises(Forbidden), transaction() as work:
        merging.merge(work, wang, [one], two, now=now)


def test_a_center_goes_on_reading_what_was_its_own(session, now, chen):
    """BEHAVIOURS 35: what is merged away from a center's tickets would be lost to it."""
    contact(session, now, "wang@cdxx.example.cn", "CDXX")
    contact(session, now, "zhao@bjyy.example.cn", "BJYY")
    one, two = asked(session, now, who="wang"), asked(session, now + HOUR, who="stranger")

    assert refused(session, chen, [one], two, now + 2 * HOUR) == "other_center"
    with transaction() as work:
        tickets.set_center(
            work, work.get_one(Ticket, two), on(session, one).center, now=now, by=chen.actor
        )
    merge(session, chen, [one], two, now + 2 * HOUR)


def test_a_ticket_with_a_visit_under_way_does_not_go_into_another(session, now, chen):
    wang = contact(session, now, "wang@cdxx.example.cn", "CDXX")
    one, two = asked(session, now, who="wang"), asked(session, now + HOUR, who="wang")
    with transaction() as work:
        visits.plan(
            work,
            work.get_one(Ticket, one),
            place="机房",
            purpose="验收",
            contact="王芳",
            phone="",
            by=wang.actor,
            now=now,
        )

    assert refused(session, chen, [one], two, now + 2 * HOUR) == "visit_open"
    merge(session, chen, [two], one, now + 2 * HOUR)


# promises


def test_of_two_unanswered_questions_the_earlier_one_owns_the_first_reply(session, now, chen):
    """BEHAVIOURS 32: merging makes no promise easier."""
    old, new = asked(session, now), asked(session, now + 2 * HOUR)
    due = owed(session, old)["first_reply"].due_at

    merge(session, chen, [old], new, now + 3 * HOUR)

    target = owed(session, new)["first_reply"]
    assert (target.started_at, target.due_at) == (now, due)
    assert on(session, new).queue_at == due
    assert owed(session, old) == {}
    assert on(session, old).queue_at == NO_PROMISE
    proved(now + 3 * HOUR)


def test_a_later_question_leaves_the_promise_as_it_was(session, now, chen):
    old, new = asked(session, now), asked(session, now + 2 * HOUR)
    before = owed(session, old)["first_reply"].due_at

    merge(session, chen, [new], old, now + 3 * HOUR)

    assert owed(session, old)["first_reply"].due_at == before
    assert owed(session, new) == {}
    proved(now + 30 * DAY)


def test_the_earlier_deadline_holds_whichever_policy_promised_it(session, now, chen, make, saving):
    """BEHAVIOURS 32: not the earlier question, if more time was promised to it."""
    make(saving(LATER))
    old = asked(session, now)
    make(saving(SOON, name="紧急", priority="urgent"))
    new = asked(session, now + timedelta(minutes=10))
    with transaction() as work:
        urgent = {"priority": "urgent"}
        properties.change(work, work.get_one(Ticket, new), chen, urgent, now=now + HOUR / 4)

    merge(session, chen, [new], old, now + HOUR / 2)

    target = owed(session, old)["first_reply"]
    assert target.started_at == now + timedelta(minutes=10)
    assert target.due_at == now + timedelta(minutes=70)
    assert target.policy_name == "紧急"
    proved(now + DAY)


def test_an_overdue_question_stays_overdue_and_counts_once(session, now, chen, boss):
    """BEHAVIOURS 9, 32: nobody hides a breach by merging it into something newer."""
    old = asked(session, now)
    new = asked(session, now + DAY + 3 * HOUR)
    later = now + DAY + 4 * HOUR
    enforcement.enforce_due(later)

    merge(session, chen, [old], new, later)

    assert owed(session, new)["first_reply"].due_at == now + DAY
    proved(later + HOUR)
    assert owed(session, new)["first_reply"].state == "breached"
    assert [target.state for target in on(session, old).targets] == ["cancelled"]
    missed = figures.Figure("missed", now - DAY, now + 3 * DAY)
    assert figures.count(session, boss, missed, now=later + HOUR) == 1
    assert tallies.totals(now=later + HOUR).breaches == {"first_reply": 1}


def test_what_was_judged_before_stays_judged(session, now, chen, boss):
    old, new = asked(session, now), asked(session, now + HOUR)
    answer(session, chen, old, now + 2 * HOUR)

    merge(session, chen, [old], new, now + 3 * HOUR)

    kept = figures.Figure("kept", now - DAY, now + 3 * DAY)
    assert figures.count(session, boss, kept, now=now + 3 * HOUR) == 1
    assert owed(session, new)["first_reply"].started_at == now + HOUR
    proved(now + 3 * HOUR)


def test_a_question_merged_into_an_answered_ticket_is_still_owed_its_answer(session, now, chen):
    """BEHAVIOURS 32: and resolving is no answer to it (BEHAVIOURS 5)."""
    old = asked(session, now)
    answer(session, chen, old, now + HOUR, status="resolved")
    new = asked(session, now + 2 * HOUR, who="another")
    due = owed(session, new)["first_reply"].due_at

    merge(session, chen, [new], old, now + 3 * HOUR)
    ticket = on(session, old)
    assert (ticket.status, ticket.awaiting_reply, ticket.queue_at) == ("open", True, due)
    with transaction() as work:
        ticket = work.get_one(Ticket, old)
        tickets.set_property(work, ticket, "priority", "high", now=now + 3 * HOUR, by=chen.actor)
        tickets.set_status(work, ticket, "resolved", now=now + 3 * HOUR, by=chen.actor)

    assert owed(session, old)["next_reply"].due_at == due
    proved(now + 3 * HOUR)
    answer(session, chen, old, now + 4 * HOUR)
    assert owed(session, old) == {}
    assert on(session, old).queue_at == NO_PROMISE
    proved(now + 30 * DAY)


def test_what_was_answered_to_the_same_person_meanwhile_is_answered(session, now, chen):
    one, two = asked(session, now), asked(session, now + HOUR)
    answer(session, chen, one, now + 2 * HOUR, status="waiting")

    merge(session, chen, [two], one, now + 3 * HOUR)

    ticket = on(session, one)
    assert (ticket.awaiting_reply, owed(session, one)) == (False, {})
    [target] = [t for t in on(session, one).targets if t.metric == "next_reply"]
    assert (target.state, target.met_at) == ("met", now + 2 * HOUR)
    proved(now + 30 * DAY)


def test_a_pause_and_what_was_used_go_along(session, now, chen, make, saving):
    """BEHAVIOURS 8, 32: a resolution that waited goes on from what it had used."""
    make(saving(SETTLED))
    old = asked(session, now)
    answer(session, chen, old, now + 2 * HOUR, status="waiting")
    new = asked(session, now + DAY, who="another")

    merge(session, chen, [old], new, now + DAY + HOUR)

    target = owed(session, new)["resolution"]
    assert (target.state, target.started_at) == ("running", now)
    left = timedelta(minutes=240 - 120)
    assert target.due_at == now + DAY + HOUR + left + timedelta(minutes=90)  # lunch
    proved(now + DAY + 2 * HOUR)


def test_a_reply_of_a_merged_ticket_that_never_arrived_is_owed_by_its_target(session, now, chen):
    """BEHAVIOURS 23, 32."""
    old, new = asked(session, now), asked(session, now + HOUR, who="another")
    sent = answer(session, chen, old, now + 2 * HOUR)
    answer(session, chen, new, now + 2 * HOUR)
    merge(session, chen, [old], new, now + 3 * HOUR)

    with transaction() as work:
        bounces.mark_failed(work, work.get_one(Message, sent.id), "gone", now=now + 4 * HOUR)

    assert owed(session, new)["next_reply"].started_at == now
    assert on(session, new).awaiting_reply
    assert owed(session, old) == {}
    proved(now + 4 * HOUR)


def test_what_a_merged_ticket_was_promised_comes_back_when_it_was_no_spam(session, now, chen):
    """BEHAVIOURS 11, 32: the target's own policy promises no next reply."""
    old = asked(session, now)
    answer(session, chen, old, now + HOUR, status="resolved")
    new = asked(session, now + 2 * HOUR, who="another")
    due = owed(session, new)["first_reply"].due_at
    merge(session, chen, [new], old, now + 3 * HOUR)

    for status in ("spam", "open"):
        with transaction() as work:
            ticket = work.get_one(Ticket, old)
            tickets.set_status(work, ticket, status, now=now + 3 * HOUR, by=chen.actor)

    assert owed(session, old)["next_reply"].due_at == due
    assert on(session, old).queue_at == due
    proved(now + 3 * HOUR)


def sent_again(session, message, now) -> None:
    """Let a mail that was given up be tried again, and arrive."""
    with transaction() as work:
        row = work.scalars(select(Outbox).where(Outbox.message_id == message)).one()
        row.state = "dead"
        delivery.try_again(work, row.id, now=now)
        mailbox = {"channel": "email", "name": "service", "state": "active", "settings": {}}
        work.add(ChannelAccount(**mailbox, created_at=now))
    delivery.deliver_due(lambda _account: Taking(), worker="w", now=now)


class Taking:
    """A server that takes every mail."""

    def send(self, message):
        return Receipt(message.identity)


def failed_after_a_merge(session, now, chen, who) -> tuple[Message, int]:
    """Merge a ticket that was answered into one of ``who``, and let that answer fail."""
    old, new = asked(session, now), asked(session, now + HOUR, who=who)
    sent = answer(session, chen, old, now + 2 * HOUR)
    merge(session, chen, [old], new, now + 3 * HOUR)
    with transaction() as work:
        bounces.mark_failed(work, work.get_one(Message, sent.id), "gone", now=now + 4 * HOUR)
    return sent, new


def test_a_merged_tickets_reply_that_is_sent_again_answers_where_it_went(session, now, chen):
    """BEHAVIOURS 23, 32: one person asked twice, and has the answer now."""
    sent, new = failed_after_a_merge(session, now, chen, "lijianguo")
    assert owed(session, new)["first_reply"].started_at == now

    sent_again(session, sent.id, now + 5 * HOUR)

    assert owed(session, new) == {}
    assert not on(session, new).awaiting_reply
    proved(now + 6 * HOUR)


def test_it_does_not_answer_what_somebody_else_asked_there(session, now, chen):
    sent, new = failed_after_a_merge(session, now, chen, "another")

    sent_again(session, sent.id, now + 5 * HOUR)

    assert list(owed(session, new)) == ["first_reply"]
    assert on(session, new).awaiting_reply
    proved(now + 6 * HOUR)


def test_a_merged_ticket_counts_once(session, now, chen, boss):
    one, two = asked(session, now), asked(session, now + HOUR)

    merge(session, chen, [two], one, now + 2 * HOUR)

    span = (now - DAY, now + DAY)
    for name in ("came", "backlog"):
        figure = figures.Figure(name, *span)
        assert figures.count(session, boss, figure, now=now + 2 * HOUR) == 1, name


# who is told, and what comes later


def test_who_asked_gets_a_copy_and_may_answer(session, now, chen):
    """BEHAVIOURS 20, 32."""
    one = asked(session, now)
    two = asked(session, now + HOUR, who="another", Cc="third@cdxx.example.cn")

    merge(session, chen, [two], one, now + 2 * HOUR)

    together = ["another@cdxx.example.cn", "third@cdxx.example.cn"]
    assert copies.in_copy(session, on(session, one)) == together
    letter = mail(
        f"Re: 揭牌仪式 [#{two}]",
        "三",
        sender="another@cdxx.example.cn",
        message_id="<late@x.example>",
        date=now + 3 * HOUR,
    )
    assert arrive(session, letter, now=now + 3 * HOUR).ticket == one


def test_what_a_contact_was_writing_in_the_portal_lands_on_the_target(session, now, chen):
    """BEHAVIOURS 32."""
    wang = contact(session, now, "wang@cdxx.example.cn", "CDXX")
    one, two = asked(session, now, who="wang"), asked(session, now + HOUR, who="wang")
    merge(session, chen, [two], one, now + 2 * HOUR)

    question = Question("form1", "", "还有一个问题")
    number = web_forms.answer(wang, on(session, two), question, now=now + 3 * HOUR)

    assert number == one
    assert said(session, wang, one)[-1] == "还有一个问题"


def test_who_may_not_see_a_merged_ticket_does_not_read_it_on_its_target(session, now, chen):
    """BEHAVIOURS 35."""
    zhao = contact(session, now, "zhao@bjyy.example.cn", "BJYY")
    contact(session, now, "wang@cdxx.example.cn", "CDXX")
    one = asked(session, now, who="wang", text="王的")
    stranger = asked(session, now + HOUR, who="stranger", text="别人的")
    with transaction() as work:
        work.get_one(Ticket, one).requester_id = zhao.person_id

    merge(session, chen, [stranger], one, now + 2 * HOUR)

    assert said(session, zhao, one) == ["王的"]
    assert said(session, chen, one) == ["王的", "别人的"]


def test_a_number_is_rung_back_where_its_ticket_went_and_calls_again_there(session, now, chen):
    """BEHAVIOURS 32: a new missed call is not lost."""
    one, two = asked(session, now), asked(session, now + HOUR)
    with transaction() as work:
        work.add(Callback(ticket_id=two, number="13800000000", open=True, tries=1, next_try_at=now))

    merge(session, chen, [two], one, now + 2 * HOUR)

    assert callbacks.ticket_of(session, "13800000000").id == one
    assert not session.get_one(Callback, two).open


def test_two_numbers_that_wait_are_not_made_one(session, now, chen):
    one, two = asked(session, now), asked(session, now + HOUR)
    with transaction() as work:
        for number, phone in ((one, "13800000000"), (two, "13900000000")):
            work.add(Callback(ticket_id=number, number=phone, open=True, tries=0, next_try_at=now))

    assert refused(session, chen, [two], one, now + 2 * HOUR) == "two_numbers"


def test_what_somebody_was_typing_is_typed_on(session, now, chen):
    one, two = asked(session, now), asked(session, now + HOUR)
    with transaction() as work:
        for number, text in ((one, "您好"), (two, "再说一点")):
            replies.keep_draft(work, work.get_one(Ticket, number), chen, "reply", text, now=now)

    merge(session, chen, [two], one, now + 2 * HOUR)

    assert replies.drafts_of(session, on(session, one), chen) == {"reply": "您好\n\n再说一点"}
    assert replies.drafts_of(session, on(session, two), chen) == {}


def test_whoever_works_on_the_target_is_told(session, now, chen):
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    one, two = asked(session, now), asked(session, now + HOUR)
    answer(session, wu, one, now + HOUR)

    merge(session, chen, [two], one, now + 2 * HOUR)

    told = session.scalars(select(Notification).where(Notification.kind == "merged")).all()
    assert [(row.agent_id, row.ticket_id) for row in told] == [(wu.agent_id, one)]


def test_an_answer_that_crosses_a_merge_asks_first(session, now, chen):
    """BEHAVIOURS 31, 32."""
    one = asked(session, now)
    seen = on(session, one).last_message_id
    two = asked(session, now + HOUR)
    merge(session, chen, [two], one, now + 2 * HOUR)

    with pytest.raises(Refusal) as crossed:
        answer(session, chen, one, now + 3 * HOUR, seen=seen)

    assert crossed.value.code == "newer_message"


def test_nobody_answers_on_a_merged_ticket(session, now, chen):
    one, two = asked(session, now), asked(session, now + HOUR)
    merge(session, chen, [two], one, now + 2 * HOUR)

    with pytest.raises(Refusal) as refusal:
        answer(session, chen, two, now + 3 * HOUR)

    assert refusal.value.code == "merged"


# before it happens


def test_a_preview_says_what_then_happens_and_leaves_no_trace(session, now, chen):
    """BEHAVIOURS 32."""
    old, new = asked(session, now), asked(session, now + 2 * HOUR, who="another")
    due = owed(session, old)["first_reply"].due_at
    session.rollback()

    told = merge_preview.preview(chen, [old], new, now=now + 3 * HOUR)

    assert on(session, old).status == "open"
    assert kinds(session, new) == ["ticket.opened"]
    assert told.sources == [(old, "揭牌仪式")]
    assert told.messages >= 1
    assert told.copies == ["lijianguo@cdxx.example.cn"]
    assert [(row.metric, row.due_at) for row in told.owed] == [("first_reply", due)]
    assert told.owed[0].before > due
    merge(session, chen, [old], new, now + 3 * HOUR)
    assert owed(session, new)["first_reply"].due_at == due


def test_other_unsettled_tickets_of_the_person_or_the_center_are_offered(session, now, chen):
    contact(session, now, "wang@cdxx.example.cn", "CDXX")
    contact(session, now, "li@cdxx.example.cn", "CDXX")
    mine, colleague = asked(session, now, who="wang"), asked(session, now + HOUR, who="li")
    asked(session, now + HOUR, who="somebody")

    found = merging.offered(session, chen, on(session, mine))

    assert [ticket.id for ticket in found] == [colleague]


# at the same instant


def at_once(app, *jobs) -> list[str]:
    """Let jobs run in processes' stead at the same instant; return what became of each."""
    together = Barrier(len(jobs))

    def work(job) -> str:
        with app.app_context():
            together.wait()
            try:
                job()
            except Refusal as refusal:
                return refusal.code
            finally:
                db.session.remove()
        return "done"

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


def test_two_agents_who_merge_two_tickets_into_each_other_make_no_circle(app, session, now, chen):
    """BEHAVIOURS 32: of both one is told where the ticket went."""
    for attempt in range(6):
        one, two = (asked(session, now + HOUR * n, text=f"{attempt}{n}") for n in range(2))
        session.rollback()

        def into(sources, target):
            with transaction() as work:
                merging.merge(work, chen, sources, target, now=now + 3 * HOUR)

        told = at_once(app, lambda: into([one], two), lambda: into([two], one))  # noqa: B023

        assert sorted(told) in (["done", "merged"], ["done", "merged_before"])
        assert sorted([on(session, n).status for n in (one, two)]) == ["merged", "open"]
    proved(now + 3 * HOUR)


def test_a_mail_that_comes_in_while_its_ticket_is_merged_is_owed_an_answer(app, session, now, chen):
    """BEHAVIOURS 32: on whichever of both it was written, the target waits for an answer."""
    for attempt in range(6):
        one, two = (
            asked(session, now + HOUR * n, who=f"p{attempt}{n}", text=f"{attempt}{n}")
            for n in range(2)
        )
        for number in (one, two):
            answer(session, chen, number, now + 2 * HOUR, status="waiting")
        letter = mail(
            f"Re: 揭牌仪式 [#{two}]",
            "还有",
            sender=f"p{attempt}1@cdxx.example.cn",
            message_id=f"<more{attempt}@x.example>",
            date=now + 3 * HOUR,
        )
        session.rollback()

        def merges():
            with transaction() as work:
                merging.merge(work, chen, [two], one, now=now + 3 * HOUR)  # noqa: B023

        def arrives():
            arrive(db.session(), letter, now=now + 3 * HOUR)  # noqa: B023

        assert at_once(app, merges, arrives) == ["done", "done"]
        ticket = on(session, one)
        assert (ticket.status, ticket.awaiting_reply) == ("open", True)
        assert said(session, chen, one)[-1] == "还有"
        assert on(session, two).status == "merged"
    proved(now + 3 * HOUR)


def test_an_answer_and_a_merge_at_the_same_instant_leave_one_of_two_true_states(
    app, session, now, chen
):
    """BEHAVIOURS 32: it is given before, or refused because the ticket was merged."""
    for attempt in range(6):
        one, two = (asked(session, now + HOUR * n, text=f"{attempt}{n}") for n in range(2))
        session.rollback()

        def merges():
            with transaction() as work:
                merging.merge(work, chen, [two], one, now=now + 3 * HOUR)  # noqa: B023

        def answers():
            with transaction() as work:
                ticket = ticket_for(work, chen, two)  # noqa: B023
                replies.reply(work, ticket, chen, "答", status="resolved", now=now + 3 * HOUR)

        merged_, answered = at_once(app, merges, answers)

        assert merged_ == "done"
        assert answered in ("done", "merged")
        assert on(session, two).status == "merged"
        assert ("答" in said(session, chen, one)) == (answered == "done")
    proved(now + 3 * HOUR)


# whatever is merged


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.sets(st.integers(0, 5), min_size=1, max_size=3), st.integers(0, 5)),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_merged_every_message_is_read_on_exactly_one_ticket(session, now, steps):
    """BEHAVIOURS 32: no circle, nothing lost, nothing twice."""
    session.rollback()
    serial = next(SERIAL)
    viewer = agent(session, now, f"a{serial}@miec.example.cn")
    texts = [f"{serial}之{n}" for n in range(6)]
    numbers = [
        asked(session, now + n * HOUR, who=f"p{n}", text=text) for n, text in enumerate(texts)
    ]
    for sources, into in steps:
        session.rollback()
        with suppress(Refusal), transaction() as work:
            wanted = [numbers[n] for n in sources]
            merging.merge(work, viewer, wanted, numbers[into], now=now + DAY)

    session.rollback()
    rows = [session.get_one(Ticket, number) for number in numbers]
    final = [ticket.id for ticket in rows if ticket.status != "merged"]
    assert {merged.current(session, ticket).id for ticket in rows} == set(final)
    read = [text for number in final for text in said(session, viewer, number)]
    assert sorted(read) == texts
    assert list(verify_targets()) == []
