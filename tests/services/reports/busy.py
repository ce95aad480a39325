"""A desk on which much happens by chance: to hold kept figures against counted ones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from channels.message import Handle
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Center, Group, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.identity import people
from helpdesk.services.promises import clocks, enforcement, immediate, policies
from sla.metrics import CALLBACK
from sla.policy import Promise

TOPICS = (None, "certification_exam", "career_guidance")
TYPES = (None, "consultation", "complaint")
PROMISED = (
    Promise("first_reply", workdays=1, warn_percent=(50, 80)),
    Promise("next_reply", minutes=120, warn_minutes=(30,)),
    Promise("resolution", workdays=2, pauses=True),
    Promise("callback", minutes=60),
)


class BusyDesk:
    """Agents and centers that do at random whatever the desk allows."""

    def __init__(self, desk, seed: int, now: datetime) -> None:
        self.desk, self.chance, self.now = desk, random.Random(seed), now
        self.numbers: list[int] = []
        with transaction() as session:
            session.add_all(
                [
                    Center(code=f"C{n}", name=f"第{n}学院", region=region, created_at=now)
                    for n, region in enumerate(("广东", "广东", "四川", ""))
                ]
            )
            session.add(Group(name="第二线"))
            draft = policies.Draft("default", {}, PROMISED)
            policies.save(session, policies.default(session), draft, by="test", now=now)

    def live(self, steps: int) -> None:
        """Let that many things happen, some hours apart."""
        for _ in range(steps):
            self.now += timedelta(minutes=self.chance.choice((3, 20, 90, 400, 1500)))
            self.step()

    def step(self) -> None:
        """Let one thing happen."""
        if self.chance.random() < 0.25 or not self.numbers:
            return self.open_one()
        if self.chance.random() < 0.1:
            enforcement.enforce_due(self.now)
            return None
        number = self.chance.choice(self.numbers)
        with transaction() as session:
            ticket = session.get_one(Ticket, number)
            verbs = (self.reply, self.status, self.status, self.change, self.ask_again, self.call)
            self.chance.choice(verbs)(session, ticket)
        return None

    def open_one(self) -> None:
        with transaction() as session:
            person = people.person_for(session, Handle("phone", "13800000001", "李"), now=self.now)
            ticket = tickets.open_ticket(
                session,
                subject="?",
                channel=self.chance.choice(("hotline", "onsite")),
                requester=person,
                started_at=self.now - timedelta(minutes=self.chance.choice((0, 0, 600))),
                now=self.now,
                by=self.desk.manager.actor,
                center=self._any(session, Center),
                topic=self.chance.choice(TOPICS),
                request_type=self.chance.choice(TYPES),
                priority=self.chance.choice(("normal", "urgent")),
                assignee=self._any(session, Agent),
            )
            self.numbers.append(ticket.id)

    def reply(self, session, ticket) -> None:
        viewer = self.chance.choice(list(self.desk.agents.values()))
        status = self.chance.choice((None, "waiting", "resolved"))
        replies.reply(session, ticket, viewer, "好的", status=status, now=self.now)

    def status(self, session, ticket) -> None:
        status = self.chance.choice(
            ("open", "waiting", "resolved", "resolved", "closed", "closed", "spam")
        )
        tickets.set_status(session, ticket, status, now=self.now, by=self.desk.manager.actor)

    def ask_again(self, session, ticket) -> None:
        by = {"now": self.now, "by": self.desk.manager.actor}
        if ticket.status != "spam":
            tickets.reopen_for_answer(session, ticket, at=self.now, **by)

    def call(self, session, ticket) -> None:
        """A call is missed, or somebody is reached."""
        by = {"at": self.now, "now": self.now, "by": self.desk.manager.actor}
        verb = self.chance.choice((clocks.start, clocks.meet))
        verb(session, ticket, CALLBACK, **by)

    def change(self, session, ticket) -> None:
        by = {"now": self.now, "by": self.desk.manager.actor}
        what = self.chance.choice(("topic", "center", "agent", "group", "priority", "immediate"))
        if what == "immediate":
            immediate.mark(session, ticket, immediate=not ticket.immediate, **by)
        elif what == "topic":
            tickets.set_property(
                session, ticket, "topic", self.chance.choice(TOPICS), allowed=TOPICS, **by
            )
        elif what == "center":
            tickets.set_center(session, ticket, self._any(session, Center), **by)
        elif what == "agent":
            tickets.assign(session, ticket, self._any(session, Agent), **by)
        elif what == "group":
            tickets.move_to_group(session, ticket, self._any(session, Group), **by)
        else:
            tickets.set_property(
                session, ticket, "priority", self.chance.choice(("low", "high")), **by
            )

    def _any(self, session, kind):
        return self.chance.choice([None, *session.scalars(select(kind).order_by(kind.id))])
