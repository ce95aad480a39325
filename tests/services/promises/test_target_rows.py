"""Work by the thousand past the session says what the session would have said."""

from datetime import date

from sqlalchemy import select, update

from helpdesk.extensions import transaction
from helpdesk.models import NO_PROMISE, CalendarException, Event, Target, Ticket
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clock_log, enforcement, recalculation, target_rows
from helpdesk.services.promises.verification import verify_targets
from tests.services.reports.busy import BusyDesk
from tests.services.reports.conftest import at, desk

__all__ = ["desk"]


def _places(session):
    session.rollback()
    rows = session.execute(select(Ticket.id, Ticket.queue_at, Ticket.at_risk)).all()
    return {row.id: (row.queue_at, row.at_risk) for row in rows}


def test_one_statement_orders_the_queue_as_each_ticket_does(desk):
    BusyDesk(desk, 5, at("10-20 9:00")).live(150)
    kept = _places(desk.session)
    with transaction() as session:
        session.execute(update(Ticket).values(queue_at=NO_PROMISE, at_risk=False))

    with transaction() as session:
        target_rows.order_queue(session, kept)

    assert _places(desk.session) == kept
    assert len({place for place, _ in kept.values()}) > 3
    assert any(at_risk for _, at_risk in kept.values())


def test_sweeps_and_changed_calendars_leave_nothing_that_the_log_does_not_tell(desk, monkeypatch):
    monkeypatch.setattr(recalculation, "PAGE", 7)
    monkeypatch.setattr(recalculation, "PART", 3)
    busy = BusyDesk(desk, 6, at("10-20 9:00"))
    for _ in range(3):
        busy.live(40)
        enforcement.enforce_due(busy.now)
        with transaction() as session:
            calendar = calendars.default_calendar(session)
            day = date.fromordinal(busy.now.date().toordinal() + 1)
            if day not in {row.date for row in calendar.exceptions}:
                session.add(
                    CalendarException(
                        calendar_id=calendar.id, date=day, kind="holiday", name="closed"
                    )
                )
            session.flush()
            session.expire(calendar)
            recalculation.follow_calendar(session, calendar, now=busy.now)

    assert list(verify_targets()) == []


def test_what_the_session_knows_already_is_read_again(desk):
    number = desk.ask("11-16 10:00")
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        [target] = ticket.targets
        [row] = target_rows.read(session, [target.id])
        row.due_at = at("11-20 10:00")
        target_rows.write(session, [row])

        assert target.due_at == at("11-20 10:00")
        assert ticket.queue_at == at("11-20 10:00")


def test_only_what_changed_is_written(desk):
    number = desk.ask("11-16 10:00")
    with transaction() as session:
        [target_id] = session.scalars(select(Target.id))
        [row] = target_rows.read(session, [target_id])
        session.execute(update(Target).values(policy_name="another"))
        row.state = "paused"
        target_rows.write(session, [row])

    desk.session.rollback()
    [target] = desk.session.get_one(Ticket, number).targets
    assert (target.state, target.policy_name) == ("paused", "another")


def test_a_page_of_logs_is_read_once(desk):
    number = desk.ask("11-16 10:00")
    kinds = select(Event.kind).where(Event.ticket_id == number, Event.target_id.is_not(None))

    enforcement.enforce_due(at("11-17 18:00"))

    desk.session.rollback()
    told = [kind.removeprefix(clock_log.PREFIX) for kind in desk.session.scalars(kinds)]
    assert told == ["start", "breach"]
