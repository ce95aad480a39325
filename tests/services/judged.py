"""What tests of changed rules share: tickets with promises, changes of policies, what is owed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Base, Target, Ticket
from helpdesk.services.promises import policies, policy_changes
from sla.policy import Promise
from tests.services.mails import arrive, mail
from tests.services.people import agent

FIRST = Promise("first_reply", workdays=1)
RESOLUTION = Promise("resolution", minutes=450, pauses=True)
SOON = Promise("first_reply", minutes=60, warn_percent=(50,))


def ticket(session, at, name="q1"):
    outcome = arrive(session, mail(date=at, message_id=f"<{name}@x.example>"), now=at)
    return outcome.ticket


@pytest.fixture
def boss(session, now):
    return agent(session, now, "boss@miec.example.cn", role="admin", name="张主任")


@pytest.fixture
def saving(session, now, boss):
    """Return the change that saves the default policy, or another one, with promises."""

    def save(*promises, name="default", **conditions):
        number = None if conditions else policies.default(session).id
        draft = policies.Draft(name, {key: (value,) for key, value in conditions.items()}, promises)
        return policy_changes.saving(number, draft, by=boss.actor, now=now)

    return save


@pytest.fixture
def make(session, now, boss):
    def make(change, *, for_open=True, now=now):
        with transaction():
            return policy_changes.make(session, change, for_open=for_open, now=now, by=boss.actor)

    return make


def everything(session):
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


def deadlines(session):
    """Return what is still owed: by ticket and metric, when."""
    session.rollback()
    rows = session.execute(
        select(Target.ticket_id, Target.metric, Target.due_at, Target.state)
    ).all()
    return {(row.ticket_id, row.metric): row.due_at for row in rows if row.state != "cancelled"}


def versions(session, number):
    session.rollback()
    targets = session.get_one(Ticket, number).targets
    return {target.metric: target.policy_version.number for target in targets}
