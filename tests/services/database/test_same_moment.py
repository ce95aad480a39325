"""Two who work on one ticket at the same moment leave one history."""

from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk.errors import Conflict
from helpdesk.extensions import db, transaction
from helpdesk.models import Event, Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import clock_log, settlements
from helpdesk.services.promises.verification import verify_targets
from tests.services.mails import arrive, mail
from tests.services.people import agent

MINUTE = timedelta(minutes=1)


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def wu(session, now):
    return agent(session, now, "wu@miec.example.cn", name="吴昊")


@pytest.fixture
def number(session, now):
    found = arrive(session, mail(date=now), now=now).ticket
    session.rollback()
    return found


@pytest.fixture
def crossing(app, session, number):
    """Return what lets two act on the ticket at the same moment."""
    return lambda first, second: cross(app, session, number, first, second)


def cross(app, session, number, first, second):
    """Let ``first`` act on the ticket and commit after ``second`` has read it and before it acts.

    SQLite has one writer, so there ``second`` only reads it afterwards. Returns what refused
    ``second``.
    """
    read, acted = Signal(), Signal()
    refused = []
    if session.get_bind().dialect.name == "sqlite":
        read.set()

    def later():
        with app.app_context():
            if read.is_set():
                acted.wait(10)
            try:
                with transaction() as work:
                    ticket = work.get_one(Ticket, number)
                    read.set()
                    assert acted.wait(10)
                    second(work, ticket)
            except Conflict as conflict:
                refused.append(conflict.code)
            finally:
                db.session.remove()

    other = Thread(target=later)
    other.start()
    assert read.wait(10)
    with transaction() as work:
        first(work, work.get_one(Ticket, number))
    acted.set()
    other.join()
    return refused


def test_of_two_answers_that_cross_the_second_is_asked_about(  # noqa: PLR0917
    session, now, number, crossing, chen, wu
):
    """BEHAVIOURS 31."""
    seen = session.get_one(Ticket, number).last_message_id
    session.rollback()

    def answer(viewer):
        return lambda work, ticket: replies.reply(work, ticket, viewer, "好", seen=seen, now=now)

    assert crossing(answer(chen), answer(wu)) == ["newer_message"]
    assert session.get_one(Ticket, number).reply_count == 1


def test_of_two_answers_that_may_cross_both_are_counted(  # noqa: PLR0917
    session, now, number, crossing, chen, wu
):
    def answer(viewer):
        return lambda work, ticket: replies.reply(work, ticket, viewer, "好", now=now)

    assert crossing(answer(chen), answer(wu)) == []
    assert session.get_one(Ticket, number).reply_count == 2
    assert list(settlements.differences(session)) == []


def test_who_closes_what_was_just_resolved_does_not_settle_it_again(
    session, now, crossing, chen, wu
):
    def becomes(status, viewer, at):
        return lambda work, ticket: tickets.set_status(
            work, ticket, status, now=at, by=viewer.actor
        )

    crossing(
        becomes("resolved", chen, now + MINUTE),
        becomes("closed", wu, now + 2 * MINUTE),
    )

    moved = select(Event.data).where(Event.kind == "ticket.status")
    steps = session.scalars(moved.order_by(Event.id)).all()
    assert [(step["from"], step["to"]) for step in steps] == [
        ("open", "resolved"),
        ("resolved", "closed"),
    ]
    assert list(settlements.differences(session)) == []


def test_a_question_that_crosses_an_answer_waits_for_the_next_one(
    session, now, number, crossing, chen
):
    """BEHAVIOURS 6."""

    def answer(work, ticket):
        replies.reply(work, ticket, chen, "好", now=now)

    def ask(work, ticket):
        tickets.reopen_for_answer(work, ticket, at=now, now=now + MINUTE, by=SYSTEM)

    crossing(answer, ask)

    assert session.get_one(Ticket, number).awaiting_reply
    assert list(verify_targets()) == []


def test_what_went_back_to_a_savepoint_holds_its_ticket_again(session, number):
    with transaction():
        ticket = session.get_one(Ticket, number)
        with session.begin_nested() as undone:
            clock_log.hold(session, ticket)
            undone.rollback()
        clock_log.hold(session, ticket)

        if session.get_bind().dialect.name == "postgresql":
            wanted = select(Ticket.id).where(Ticket.id == number).with_for_update(nowait=True)
            with db.engine.connect() as other, pytest.raises(OperationalError):
                other.execute(wanted)
