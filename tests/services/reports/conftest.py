"""A desk whose months are made of a few tickets, asked and answered at known times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Ticket
from helpdesk.services.access import Viewer, viewer_of
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendars
from helpdesk.services.identity import accounts, people
from helpdesk.services.promises import enforcement
from helpdesk.services.reports import Figure, Span, period, tickets_behind

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """Return an instant of 2026 written ``11-23 10:00``, Shanghai time."""
    local = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    return local.astimezone(UTC)


@dataclass
class Desk:
    """Tickets by the verbs of this test, and the manager who reads the figures."""

    session: Session
    manager: Viewer
    agents: dict[str, Viewer]

    def ask(self, when: str, *, held_by: str | None = None, answered: str | None = None) -> int:
        """Open a ticket; let its agent answer it; return its number."""
        with transaction() as session:
            asker = people.person_for(session, Handle("phone", "13800000001", "李"), now=at(when))
            ticket = tickets.open_ticket(
                session,
                subject=when,
                channel="hotline",
                requester=asker,
                started_at=at(when),
                now=at(when),
                by=self.manager.actor,
                assignee=session.get(Agent, self.agents[held_by].agent_id) if held_by else None,
            )
            number = ticket.id
        if answered is not None:
            self.answer(number, answered, by=held_by or "陈静")
        return number

    def answer(
        self, number: int, when: str, *, by: str = "陈静", status: str | None = None
    ) -> None:
        """Reply, after the sweep recorded what was due by then."""
        enforcement.enforce_due(at(when))
        with transaction() as session:
            ticket = session.get_one(Ticket, number)
            replies.reply(session, ticket, self.agents[by], "好的", status=status, now=at(when))

    def set_status(self, number: int, status: str, when: str) -> None:
        """Set a ticket's status."""
        with transaction() as session:
            ticket = session.get_one(Ticket, number)
            tickets.set_status(session, ticket, status, now=at(when), by=self.manager.actor)

    def november(self) -> Span:
        """Return the month that the tests look at."""
        return period("2026-11", calendars.default(self.session), at("11-23 10:00"))

    def behind(self, figure: Figure, now: datetime, *, limit: int = 2) -> list[int]:
        """Return the numbers behind a figure, read page by page."""
        numbers: list[int] = []
        after: str | None = None
        while True:
            page = tickets_behind(
                self.session, self.manager, figure, now=now, after=after, limit=limit
            )
            numbers += [ticket.id for ticket in page.tickets]
            after = page.after
            if after is None:
                return sorted(numbers)


@pytest.fixture
def desk(session: Session) -> Desk:
    """Return a desk with two agents and a manager."""
    with transaction():
        logins = [
            accounts.add_login(
                session, email=f"{role}{i}@office.cn", role=role, name=name, now=at("01-05 9:00")
            )
            for i, (role, name) in enumerate(
                [("agent", "陈静"), ("agent", "王磊"), ("manager", "李晓红")]
            )
        ]
        viewers = [viewer_of(login) for login in logins]
    *agents, manager = [viewer for viewer in viewers if viewer is not None]
    return Desk(session, manager, {viewer.name: viewer for viewer in agents})

    """Return the way to open tickets."""
    return desk.ask
