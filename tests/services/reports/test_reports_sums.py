"""Kept figures are the counted ones, whatever happened and however far the folding is."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from helpdesk.extensions import transaction
from helpdesk.models import Event, Message, Target, Ticket, TicketChange, TicketSum
from helpdesk.services.promises import settlements
from helpdesk.services.reports import folding, proof, raw, sums
from helpdesk.services.reports.counted import together
from helpdesk.services.reports.dimensions import DIMENSIONS, TIMES
from helpdesk.services.reports.periods import Span
from sla.metrics import METRICS
from tests.services.reports.busy import BusyDesk
from tests.services.reports.conftest import SHANGHAI, at

BEGIN = at("10-20 9:00")
TURNS = 20
"""How many turns ask everything: the odd half on one database, and the even on the other."""


def _spans(now):
    today = now.astimezone(SHANGHAI).date()
    begin = BEGIN.astimezone(SHANGHAI).date()
    return [
        Span(begin.replace(day=1), today, SHANGHAI),
        Span(begin + timedelta(days=5), today - timedelta(days=3), SHANGHAI),
        Span(today.replace(day=1), today, SHANGHAI),
        Span(today, today + timedelta(days=40), SHANGHAI),
        Span(begin.replace(day=1), date(2026, 12, 31), SHANGHAI),
    ]


def _on_postgresql(desk):
    return desk.session.get_bind().dialect.name == "postgresql"


def _told(found):
    return {key: counted for key, counted in found.items() if not counted.empty}


def assert_alike(desk, now, *, parts=((),), turn=0):
    """Hold kept figures against counted ones: every twentieth combination of what may be asked.

    Ten turns in a row ask everything, half of it on each database. The questions of one turn
    on several parts put every two values of part, span, breakdown and promise together at
    least once.
    """
    desk.session.rollback()
    turn += TURNS // 2 * _on_postgresql(desk)
    choices = (parts, _spans(now), (*DIMENSIONS, *TIMES), METRICS)
    for chosen in itertools.product(*map(enumerate, choices)):
        (part, parted), (place, span), (line, breakdown), (number, metric) = chosen
        if (part + 2 * place + line + 3 * number - turn) % TURNS == 0:
            _assert_answers_alike(
                (desk.session, desk.manager, span), breakdown, parted, metric, now
            )


def _assert_answers_alike(read, breakdown, parts, metric, now):
    by_time = breakdown in TIMES
    keep, count = (sums.by_step, raw.by_step) if by_time else (sums.by_value, raw.by_value)
    span = read[-1]
    asked = (*read, span.cut(breakdown) if by_time else breakdown, parts)
    kept = keep(*asked, metric=metric, now=now)
    counted = count(*asked, metric=metric, now=now)
    assert kept is not None
    assert kept == (counted if by_time else _told(counted)), (span, breakdown, parts, metric)


@pytest.mark.parametrize("half", range(2))
def test_kept_and_counted_agree_after_whatever_happened(desk, half):
    busy = BusyDesk(desk, half + 2 * _on_postgresql(desk), BEGIN)
    folding.fold_all()
    turns = itertools.count(half * 5)  # of five checks each: both together ask everything
    for _ in range(4):
        busy.live(40)
        assert_alike(desk, busy.now, turn=next(turns))  # nothing of this is folded yet
        while busy.chance.random() < 0.5 and folding.fold():
            pass
    folding.fold_all()

    assert desk.session.scalar(select(func.count()).select_from(TicketChange)) == 0
    assert_alike(desk, busy.now, turn=next(turns))


def test_a_whole_span_is_as_fast_whether_its_steps_are_told_or_not(desk):
    busy = BusyDesk(desk, 5, BEGIN)
    busy.live(120)
    folding.fold_all()
    busy.live(10)

    for span in _spans(busy.now):
        for unit in ("day", "month"):
            asked = (desk.session, desk.manager, span, span.cut(unit), ())
            each, whole, none = (
                sums.by_step(*asked, now=busy.now, speeds=speeds)
                for speeds in ("each", "whole", "none")
            )
            assert together(whole) == together(each)
            untold = [replace(counted, minutes={}) for counted in each]
            assert [replace(counted, minutes={}) for counted in none] == untold


def test_filtered_figures_agree_as_well(desk):
    busy = BusyDesk(desk, 7, BEGIN)
    busy.live(150)
    folding.fold_all()
    busy.live(20)
    agent = str(desk.agents["陈静"].agent_id)

    assert_alike(
        desk,
        busy.now,
        parts=(
            (("channel", "hotline"),),
            (("region", "广东"),),
            (("region", ""),),
            (("agent", agent), ("topic", "")),
            (("center", "1"), ("request_type", "complaint")),
        ),
    )


def test_settlements_agree_with_the_log_of_events_and_messages(desk):
    busy = BusyDesk(desk, 11 + _on_postgresql(desk), BEGIN)
    busy.live(160)

    assert list(settlements.differences(desk.session)) == []
    reopened = select(func.count()).select_from(Ticket).where(Ticket.settled_at.is_not(None))
    assert desk.session.scalar(reopened)


def test_a_damaged_fact_is_named(desk):
    number = desk.ask("11-16 10:00", answered="11-16 11:00")
    desk.set_status(number, "resolved", "11-16 11:30")
    with transaction() as session:
        session.execute(update(Ticket).values(reply_count=7))

    [(found, kept, told)] = settlements.differences(desk.session)

    assert (found, kept.replies, told.replies) == (number, 7, 1)


def test_the_proof_is_silent_on_a_sound_desk_and_names_what_was_damaged(desk):
    busy = BusyDesk(desk, 13, BEGIN)
    busy.live(120)
    folding.fold_all()
    busy.live(5)
    assert list(proof.differences(desk.session)) == []

    for metric, told in (
        ("first_reply", "month of 2026-10-01"),
        ("resolution", "month of 2026-10-01, promise resolution"),
    ):
        _count_more_kept(metric, 1)
        assert list(proof.differences(desk.session)) == [
            f"the sum of all tickets, {told} is not what its tickets add up to"
        ]
        _count_more_kept(metric, -1)


def _count_more_kept(metric, more):
    with transaction() as session:
        session.execute(
            update(TicketSum)
            .where(TicketSum.metric == metric, TicketSum.dimension == "")
            .where(TicketSum.grain == "month", TicketSum.day == date(2026, 10, 1))
            .values(kept=TicketSum.kept + more)
        )


def test_bulk_updates_past_the_services_are_noticed(desk):
    desk.ask("11-16 10:00", answered="11-16 11:00")
    folding.fold_all()
    with transaction() as session:
        session.execute(update(Ticket).values(priority="urgent"))
        session.execute(update(Target).values(state="breached"))

    assert_alike(desk, at("11-23 10:00"))


def test_deleted_tickets_leave_the_sums(desk):
    desk.ask("11-16 10:00", answered="11-16 11:00")
    gone = desk.ask("11-17 10:00", answered="11-17 11:00")
    folding.fold_all()
    with transaction() as session:
        for model in (Event, Message, Target):
            session.execute(delete(model).where(model.ticket_id == gone))
        session.execute(delete(Ticket).where(Ticket.id == gone))
    assert_alike(desk, at("11-23 10:00"))

    folding.fold_all()

    assert_alike(desk, at("11-23 10:00"), turn=1)


def test_another_time_zone_counts_all_days_anew(desk, monkeypatch):
    desk.ask("11-16 07:30", answered="11-16 11:00")
    folding.fold_all()
    monkeypatch.setattr(folding, "_basis", lambda _session: {"zone": "Europe/London", "at_once": 1})

    assert not folding.basis_holds(desk.session)
    assert (
        sums.by_value(
            desk.session, desk.manager, desk.november(), "channel", (), now=at("11-23 10:00")
        )
        is None
    )
    folding.fold_all()
    assert folding.basis_holds(desk.session)
    assert desk.session.scalar(select(func.count()).select_from(TicketSum))


def test_who_does_not_see_every_ticket_gets_no_sums(desk):
    folding.fold_all()
    center = replace(desk.manager, role="center", agent_id=None, person_id=1)

    assert not sums.can_tell(desk.session, center)
