"""Several calendars: whose hours count for whom, and what a choice moves."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Center, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendar_changes, calendar_choices, calendar_list, calendars
from helpdesk.services.promises import enforcement, policies, policy_changes
from helpdesk.services.promises.verification import verify_targets
from sla.policy import Promise
from tests.services.hours.calendar_help import always, group_of_all, make, ticket
from tests.services.judged import everything
from tests.services.people import agent, contact
from tests.web.pages import at

__all__ = ["always"]

HOUR = timedelta(hours=1)


def due(session):
    session.rollback()
    rows = session.execute(select(Target.ticket_id, Target.due_at))
    return dict(tuple(row) for row in rows)


def test_a_groups_calendar_moves_its_open_deadlines_and_no_finished_one(session, now, always):
    """BEHAVIOURS 12"""
    chen = agent(session, now)
    number, answered = ticket(session, now - 3 * HOUR), ticket(session, now, "a")
    with transaction():
        replies.reply(session, session.get_one(Ticket, answered), chen, "好", now=now)
    choice = group_of_all(session, always)
    before = everything(session)

    shown = calendar_choices.preview(choice, now=now)

    assert everything(session) == before
    (move, _ticket) = shown.rows[0]
    assert (shown.count, move.ticket_id, move.before) == (1, number, at("23 18:00"))
    assert make(session, choice, now) == 1
    # a working day of a desk that never closes has 24 hours
    assert due(session) == {number: at("24 7:00"), answered: at("24 10:00")}
    assert move.after == at("24 7:00")


def test_a_choice_is_shown_as_it_is_made(session, now, always):
    with transaction():
        change = calendar_changes.hours(
            dict.fromkeys(range(5), ((540, 720),)), makeup_days_open=True
        )
        calendar_changes.make(session, calendar_list.calendar(session, always), change, now=now)
    chen = agent(session, now)
    for n in range(6):
        ticket(session, now - n * 15 * HOUR, f"q{n}")
    waiting = ticket(session, now, "w")
    with transaction():
        row = session.get_one(Ticket, waiting)
        tickets.set_status(session, row, "waiting", now=now, by=chen.actor)
    before = due(session)
    choice = group_of_all(session, always)

    shown = calendar_choices.preview(choice, now=now)
    make(session, choice, now)

    after = due(session)
    moved = {n: (before[n], after[n]) for n in before if before[n] != after[n]}
    assert {move.ticket_id: (move.before, move.after) for move, _ in shown.rows} == moved
    assert len(moved) > 3
    enforcement.enforce_due(now)
    assert list(verify_targets()) == []


def test_a_regions_calendar_goes_before_the_groups_and_a_policys_before_both(session, now, always):
    contact(session, now, "lijianguo@cdxx.example.cn", "CD01")
    with transaction():
        session.scalars(select(Center)).one().region = "四川"
        policies.save(
            session,
            policies.default(session),
            policies.Draft("default", {}, (Promise("first_reply", minutes=600),)),
            by="x",
            now=now,
        )
    number = ticket(session, now)
    assert due(session) == {number: at("24 14:00")}

    assert make(session, calendar_choices.regions({"四川": always, "西藏": None}), now) == 1
    assert due(session) == {number: at("23 20:00")}
    assert make(session, group_of_all(session, always), now) == 0
    assert make(session, calendar_choices.regions({"四川": None}), now) == 0  # now its group's
    assert make(session, group_of_all(session, None), now) == 1
    assert due(session) == {number: at("24 14:00")}
    assert calendar_choices.known_regions(session) == {"四川": None}

    boss = agent(session, now, "boss@miec.example.cn", role="admin")
    default = policies.default(session)
    draft = policies.Draft("default", {}, (Promise("first_reply", minutes=600),), always)
    change = policy_changes.saving(default.id, draft, by=boss.actor, now=now)
    with transaction():
        policy_changes.make(session, change, for_open=True, now=now, by=boss.actor)
    assert due(session) == {number: at("23 20:00")}
    number = calendars.default_calendar(session).id
    assert make(session, calendar_choices.regions({"四川": number}), now) == 0
    assert list(verify_targets()) == []


def test_a_target_keeps_the_calendar_of_the_policy_version_that_it_is_judged_by(
    session, now, always
):
    """The policy was given a calendar for new tickets alone: its group's choice still counts."""
    boss = agent(session, now, "boss@miec.example.cn", role="admin")
    number = ticket(session, now - 3 * HOUR)
    draft = policies.Draft(
        "default", {}, policies.DEFAULT_PROMISES, calendars.default_calendar(session).id
    )
    change = policy_changes.saving(policies.default(session).id, draft, by=boss.actor, now=now)
    with transaction():
        policy_changes.make(session, change, for_open=False, now=now, by=boss.actor)

    assert make(session, group_of_all(session, always), now) == 1
    session.rollback()
    (target,) = session.get_one(Ticket, number).targets
    assert target.calendar_version.calendar_id == always


def test_a_choice_of_what_is_not_there_is_refused_and_keeps_nothing(session, now, always):
    before = everything(session)

    for choice in (
        calendar_choices.regions({"四川": 999, "西藏": always}),
        group_of_all(session, 999),
    ):
        with pytest.raises(Refusal) as refused:
            make(session, choice, now)
        assert refused.value.code == "no_calendar"
        with pytest.raises(Refusal):
            calendar_choices.preview(choice, now=now)

    assert everything(session) == before


def test_beyond_a_bound_the_count_is_the_least_it_can_be(session, now, always, monkeypatch):
    monkeypatch.setattr(calendar_choices, "MOST", 4)
    monkeypatch.setattr(calendar_choices, "PAGE", 2)
    for n in range(6):
        ticket(session, now - 6 * HOUR, f"q{n}")

    shown = calendar_choices.preview(group_of_all(session, always), now=now)

    assert (shown.count, shown.complete) == (4, False)


def test_a_paused_clock_counts_in_the_version_that_moved_nothing_when_it_came(session, now):
    """A day off far ahead leaves no event at a deadline before it, and still counts in a pause."""
    chen = agent(session, now)
    with transaction():
        promises = (Promise("resolution", workdays=1, pauses=True),)
        draft = policies.Draft("default", {}, promises)
        policies.save(session, policies.default(session), draft, by="x", now=now)
    number = ticket(session, now)
    off = date(2026, 12, 3)
    with transaction():
        change = calendar_changes.days(off, off, kind="holiday")
        calendar_changes.make(session, calendars.default_calendar(session), change, now=now)
    for status, later in (("waiting", HOUR), ("open", 14 * 24 * HOUR)):
        with transaction():
            row = session.get_one(Ticket, number)
            tickets.set_status(session, row, status, now=now + later, by=chen.actor)

    assert list(verify_targets()) == []
