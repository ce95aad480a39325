"""Who is on duty against what falls due, each number being as many tickets."""

from __future__ import annotations

import pytest

from helpdesk.errors import Forbidden
from helpdesk.services.reports import Figure
from helpdesk.services.reports.duty import duties
from tests.services.reports.conftest import at

NOW, EVENING = at("11-23 10:40"), at("11-23 18:00")


def test_each_number_is_as_many_tickets(desk):
    desk.ask("11-20 14:00", held_by="陈静")  # due today at 14:00
    desk.ask("11-20 15:00", held_by="陈静")
    desk.ask("11-23 09:30", held_by="王磊")  # due tomorrow
    desk.ask("11-18 09:30")  # overdue, nobody's
    desk.ask("11-23 10:00", held_by="王磊", answered="11-23 10:20")

    rows = duties(desk.session, desk.manager, EVENING, now=NOW)

    shown = {
        row.agent.name if row.agent else None: (row.open, row.overdue, row.due) for row in rows
    }
    assert shown == {"陈静": (2, 0, 2), "王磊": (2, 0, 0), None: (1, 1, 0)}
    for row in rows:
        for figure, number in (
            (Figure("open"), row.open),
            (Figure("overdue"), row.overdue),
            (Figure("due", NOW, EVENING), row.due),
        ):
            assert len(desk.behind(figure.of(row.whose), NOW)) == number


def test_agents_do_not_see_it(desk):
    with pytest.raises(Forbidden):
        duties(desk.session, desk.agents["陈静"], EVENING, now=NOW)
