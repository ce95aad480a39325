"""Which step an instant lies in, told by the database."""

from datetime import timedelta

from sqlalchemy import true

from helpdesk.models import Ticket
from helpdesk.services.reports.grouping import count_tickets, step_of
from tests.services.reports.conftest import at


def test_an_instant_at_an_end_belongs_to_the_next_step_and_one_behind_all_to_none(desk):
    noon, evening = at("11-16 12:00"), at("11-16 18:00")
    for when in ("11-16 11:59", "11-16 12:00", "11-16 17:59", "11-16 18:00", "11-17 09:00"):
        desk.ask(when)

    index = step_of(desk.session, Ticket.created_at, [noon, evening])

    assert count_tickets(desk.session, desk.manager, index, true()) == {0: 1, 1: 2, 2: 2}


def test_the_smallest_part_of_a_second_decides(desk):
    desk.ask("11-16 12:00")
    just_after = at("11-16 12:00") + timedelta(microseconds=1)

    index = step_of(desk.session, Ticket.created_at, [at("11-16 12:00"), just_after])

    assert count_tickets(desk.session, desk.manager, index, true()) == {1: 1}
