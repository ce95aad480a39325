"""A center that lies in another region: its open tickets follow that region's hours."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from helpdesk.extensions import transaction
from helpdesk.models import Center, PendingJudgement, Target
from helpdesk.services.certification import center_merge, centers
from helpdesk.services.hours import calendar_choices
from helpdesk.services.promises import pending_judgements
from helpdesk.services.promises.verification import verify_targets
from tests.services.hours.calendar_help import always, make, ticket
from tests.services.people import agent, contact

__all__ = ["always"]

HOUR = timedelta(hours=1)


@pytest.fixture
def admin(session, now):
    return agent(session, now, "zhang@miec.example.cn", role="admin", name="张伟")


@pytest.fixture
def chengdu(session, now, always):
    """A center without a region, while 四川 has a calendar that never closes."""
    contact(session, now, "lijianguo@cdxx.example.cn", "CD01")
    make(session, calendar_choices.regions({"四川": always}), now)
    return session.scalars(select(Center.id)).one()


def moves_to(session, admin, number, region, now):
    session.rollback()
    with transaction():
        center = session.get_one(Center, number)
        facts = {"code": center.code, "name": center.name, "region": region}
        centers.change(session, admin, center, facts, domains=[], now=now)


def due(session):
    session.rollback()
    return list(session.scalars(select(Target.due_at).order_by(Target.id)))


def test_open_tickets_follow_the_new_region_and_back(session, now, admin, chengdu):
    ticket(session, now - 3 * HOUR)
    before = due(session)

    moves_to(session, admin, chengdu, "四川", now)
    there = due(session)
    moves_to(session, admin, chengdu, "云南", now)

    assert there != before
    assert due(session) == before
    assert list(verify_targets()) == []


def test_a_change_of_other_facts_moves_nothing(session, now, admin, chengdu):
    ticket(session, now - 3 * HOUR)
    moves_to(session, admin, chengdu, "四川", now)
    before = due(session)

    moves_to(session, admin, chengdu, "四川", now + timedelta(minutes=5))

    assert due(session) == before


def test_many_tickets_are_left_to_the_worker(session, now, admin, chengdu, monkeypatch):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 1)
    for name in ("q1", "q2"):
        ticket(session, now - 3 * HOUR, name)
    before = due(session)

    moves_to(session, admin, chengdu, "四川", now)
    moves_to(session, admin, chengdu, "云南", now)  # before the worker came
    moves_to(session, admin, chengdu, "四川", now)

    assert due(session) == before
    assert session.scalar(select(func.count(PendingJudgement.ticket_id))) == 2
    assert pending_judgements.judge_some(now=now) == 2
    assert all(after != was for after, was in zip(due(session), before, strict=True))
    assert list(verify_targets()) == []


def test_a_record_that_takes_the_region_of_its_double_is_judged_by_it(session, now, admin, chengdu):
    ticket(session, now - 3 * HOUR)
    with transaction():
        double = Center(code="CD02", name="成都认证中心", region="四川", created_at=now)
        session.add(double)
    before = due(session)

    with transaction():
        kept = session.get_one(Center, chengdu)
        center_merge.merge(session, admin, double, kept, why="重复建档", now=now)

    assert due(session) != before
    assert list(verify_targets()) == []
