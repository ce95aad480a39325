"""Changed policies: open tickets keep their promise, or follow because somebody said so."""

from datetime import timedelta

from sqlalchemy import select, update

from helpdesk.extensions import transaction
from helpdesk.models import Event, Group, Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import enforcement, policies, policy_changes, rules
from helpdesk.services.promises.verification import verify_targets
from sla.policy import Promise
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
    versions,
)
from tests.services.people import agent
from tests.web.pages import at

__all__ = ["boss", "make", "saving"]

HOUR = timedelta(hours=1)


def test_open_tickets_keep_their_promise_unless_somebody_says_otherwise(session, now, saving, make):
    number = ticket(session, now)

    assert make(saving(SOON), for_open=False) == (0, 0)

    assert deadlines(session) == {(number, "first_reply"): at("24 10:00")}
    assert versions(session, number) == {"first_reply": 1}


def test_open_tickets_follow_where_somebody_says_so(session, now, saving, make, boss):
    number = ticket(session, now)

    assert make(saving(SOON)) == (1, 0)

    assert deadlines(session) == {(number, "first_reply"): at("23 11:00")}
    assert versions(session, number) == {"first_reply": 2}
    moved = session.scalars(select(Event).where(Event.kind == "clock.reschedule")).one()
    assert (moved.by, moved.agent_id) == (boss.name, boss.agent_id)
    assert moved.data["policy_version"] == policies.default(session).versions[-1].id
    assert list(verify_targets()) == []


def test_what_was_judged_keeps_what_it_was_judged_by(session, now, saving, make):
    """BEHAVIOURS 12"""
    chen = agent(session, now)
    answered, late = ticket(session, now, "a"), ticket(session, now - 72 * HOUR, "b")
    with transaction():
        replies.reply(session, session.get_one(Ticket, answered), chen, "好", now=now)
    enforcement.enforce_due(now)
    before = deadlines(session)

    make(saving(Promise("first_reply", workdays=5)), now=now + HOUR)

    assert deadlines(session) == before
    assert versions(session, answered) == versions(session, late) == {"first_reply": 1}
    assert list(verify_targets()) == []


def test_a_preview_is_what_then_happens_and_leaves_no_trace(session, now, saving, make):
    """Deadlines that move, appear and vanish, of tickets in every state."""
    chen = agent(session, now)
    make(saving(FIRST, RESOLUTION))
    for n in range(5):
        ticket(session, now - timedelta(hours=n * 13), f"q{n}")
    waiting, solved = ticket(session, now, "w"), ticket(session, now, "s")
    with transaction():
        for number, status in ((waiting, "waiting"), (solved, "resolved")):
            row = session.get_one(Ticket, number)
            tickets.set_status(session, row, status, now=now, by=chen.actor)

    for change in (
        saving(SOON, Promise("resolution", minutes=900)),
        saving(FIRST),
        saving(SOON, RESOLUTION, name="mail", channel="email"),
        saving(Promise("next_reply", minutes=60)),
    ):
        before, rows = deadlines(session), everything(session)
        shown = policy_changes.preview(change, now=now)
        assert everything(session) == rows
        make(change)
        after = deadlines(session)
        told = {(move.ticket_id, move.metric): (move.before, move.after) for move, _ in shown.rows}
        assert shown.complete
        assert told == {
            key: (before.get(key), after.get(key))
            for key in before | after
            if before.get(key) != after.get(key)
        }
        enforcement.enforce_due(now)
        assert list(verify_targets()) == []


def test_what_would_be_overdue_at_once_is_told(session, now, saving):
    ticket(session, now - 20 * HOUR)  # Sunday: counts from Monday's opening on

    shown = policy_changes.preview(saving(Promise("first_reply", minutes=30)), now=now)

    assert (shown.count, shown.overdue, shown.tickets) == (1, 1, 1)
    assert shown.rows[0][0].overdue


def test_a_new_policy_takes_over_only_the_tickets_that_it_is_for(session, now, saving, make):
    urgent, other = ticket(session, now, "u"), ticket(session, now, "o")
    with transaction():
        row = session.get_one(Ticket, urgent)
        tickets.set_property(session, row, "priority", "urgent", now=now, by=SYSTEM)
    change = saving(SOON, name="urgent", priority="urgent")

    assert policy_changes.preview(change, now=now).tickets == 1
    assert make(change) == (1, 0)

    assert deadlines(session) == {
        (urgent, "first_reply"): at("23 11:00"),
        (other, "first_reply"): at("24 10:00"),
    }


def test_reordering_and_retiring_are_decided_for_open_tickets_too(session, now, saving, make):
    make(saving(SOON, name="mail", channel="email"))
    make(saving(Promise("first_reply", minutes=120), name="normal", priority="normal"))
    number = ticket(session, now)
    normal = next(row.id for row in policies.listing(session) if row.name == "normal")
    assert deadlines(session) == {(number, "first_reply"): at("23 11:00")}

    make(policy_changes.moving(normal, up=True), for_open=False)
    assert deadlines(session) == {(number, "first_reply"): at("23 11:00")}
    make(policy_changes.moving(normal, up=False), for_open=False)
    make(policy_changes.moving(normal, up=True))
    assert deadlines(session) == {(number, "first_reply"): at("23 12:00")}

    make(policy_changes.retiring(normal))
    assert deadlines(session) == {(number, "first_reply"): at("23 11:00")}
    assert list(verify_targets()) == []


def test_an_edit_of_one_policy_leaves_tickets_alone_that_another_one_judges(
    session, now, saving, make
):
    make(saving(SOON, name="urgent", priority="urgent"))
    number = ticket(session, now)
    make(saving(Promise("first_reply", workdays=3)), for_open=False)  # it keeps one day

    change = saving(SOON, name="complaints", request_type="complaint")

    assert policy_changes.preview(change, now=now).tickets == 0
    assert make(change) == (0, 0)
    assert deadlines(session) == {(number, "first_reply"): at("24 10:00")}


def test_saving_again_unchanged_lets_those_follow_that_did_not_before(session, now, saving, make):
    number = ticket(session, now)
    make(saving(SOON), for_open=False)

    shown = policy_changes.preview(saving(SOON), now=now)
    make(saving(SOON))

    assert (shown.tickets, shown.count) == (1, 1)
    assert versions(session, number) == {"first_reply": 2}
    assert policy_changes.preview(saving(SOON), now=now).tickets == 0


def test_beyond_a_bound_the_counts_are_the_least_it_can_be(session, now, saving, monkeypatch):
    monkeypatch.setattr(policy_changes, "MOST", 2)
    monkeypatch.setattr(policy_changes, "PAGE", 2)
    monkeypatch.setattr(policy_changes, "SCANNED", 2)
    for n in range(5):
        ticket(session, now, f"q{n}")

    shown = policy_changes.preview(saving(SOON), now=now)

    assert (shown.tickets, shown.count, shown.complete) == (2, 2, False)


def test_policies_are_chosen_by_every_fact_as_a_ticket_has_it(session, now, saving, make):
    """The quick look over many tickets agrees with the one at a ticket."""
    for n in range(4):
        ticket(session, now, f"q{n}")
    with transaction():
        group = Group(name="二线")
        session.add(group)
        session.flush()
        session.execute(update(Ticket).where(Ticket.id == 2).values(group_id=group.id))
        session.execute(update(Ticket).where(Ticket.id == 3).values(topic="certification_exam"))
    make(saving(SOON, name="二线", group="二线"), for_open=False)
    make(saving(SOON, name="exam", topic="certification_exam"), for_open=False)
    make(saving(SOON, name="who", requester="lijianguo@cdxx.example.cn"), for_open=False)

    held = rules.load(session)
    chooser = policy_changes._Chooser(session, held)
    quick = {
        row.id: chooser.policy_id(row) for page in policy_changes._narrow(session) for row in page
    }

    one_by_one = {row.id: held.policy_for(row).value.id for row in session.scalars(select(Ticket))}
    assert quick == one_by_one
    assert len(set(quick.values())) == 3
