"""Many open tickets follow changed policies in the background, each exactly once."""

import pytest
from sqlalchemy import func, select

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Event, PendingJudgement, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import judging, pending_judgements, policy_changes
from helpdesk.services.promises.verification import verify_targets
from tests.services.judged import (
    FIRST,
    RESOLUTION,
    SOON,
    boss,
    deadlines,
    everything,
    make,
    saving,
    ticket,
)
from tests.services.people import agent
from tests.web.pages import at

__all__ = ["boss", "make", "saving"]


def test_many_follow_in_the_background_each_exactly_once(session, now, saving, make, monkeypatch):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 2)
    monkeypatch.setattr(pending_judgements, "BATCH", 2)
    numbers = [ticket(session, now, f"q{n}") for n in range(5)]

    assert make(saving(SOON)) == (0, 5)
    assert set(deadlines(session).values()) == {at("24 10:00")}

    looked_at = []
    while count := pending_judgements.judge_some(now=now):
        looked_at.append(count)

    assert looked_at == [2, 2, 1]
    assert {key[0] for key in deadlines(session)} == set(numbers)
    assert set(deadlines(session).values()) == {at("23 11:00")}
    moves = select(func.count(Event.id)).where(Event.kind == "clock.reschedule")
    assert session.scalars(moves).one() == 5
    assert list(verify_targets()) == []


def test_a_batch_that_fails_is_judged_again_and_loses_nobody(
    session, now, saving, make, monkeypatch
):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 0)
    number = ticket(session, now)
    make(saving(SOON))

    with monkeypatch.context() as broken:
        broken.setattr(judging, "refresh_queue", lambda _ticket: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pending_judgements.judge_some(now=now)

    assert deadlines(session) == {(number, "first_reply"): at("24 10:00")}
    assert pending_judgements.judge_some(now=now) == 1
    assert deadlines(session) == {(number, "first_reply"): at("23 11:00")}


def test_nobody_changes_policies_while_tickets_are_still_to_follow(
    session, now, saving, make, monkeypatch
):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 0)
    ticket(session, now)
    make(saving(SOON))
    before = everything(session)

    for attempt in (make, lambda change: policy_changes.preview(change, now=now)):
        with pytest.raises(Refusal) as refused:
            attempt(saving(FIRST))
        assert refused.value.code == "still_following"

    assert everything(session) == before
    pending_judgements.judge_some(now=now)
    make(saving(FIRST))


def test_a_ticket_that_is_gone_or_settled_meanwhile_is_no_trouble(
    session, now, saving, make, monkeypatch
):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 0)
    chen = agent(session, now)
    spam, answered = ticket(session, now, "s"), ticket(session, now, "a")
    make(saving(SOON, RESOLUTION))
    with transaction():
        row = session.get_one(Ticket, spam)
        tickets.set_status(session, row, "spam", now=now, by=chen.actor)
        replies.reply(session, session.get_one(Ticket, answered), chen, "好", now=now)

    pending_judgements.judge_some(now=now)

    states = session.execute(select(Target.ticket_id, Target.metric, Target.state)).all()
    assert sorted(tuple(row) for row in states) == [
        (spam, "first_reply", "cancelled"),
        (answered, "first_reply", "met"),
        (answered, "resolution", "running"),
    ]
    assert list(verify_targets()) == []


def test_nothing_waits_where_nobody_decided(session):
    assert pending_judgements.judge_some(now=at("23 10:00")) == 0
    assert session.scalars(select(PendingJudgement)).all() == []
