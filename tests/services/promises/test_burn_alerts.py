"""Managers hear once when calls are missed too fast, and nobody hears at a quiet desk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Notification, Outbox
from helpdesk.services.identity import accounts
from helpdesk.services.promises import burn_alerts
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at

NOON = at("23 11:30")


@pytest.fixture
def managers(app, now):
    """Two managers, one of whom reads English, and an agent."""
    with transaction() as session:
        for email, role in (
            ("wu@office.test", "manager"),
            ("smith@office.test", "admin"),
            ("chen@office.test", "agent"),
        ):
            login = accounts.add_login(session, email=email, role=role, name=email, now=now)
            login.locale = "en" if email.startswith("smith") else "zh"


def a_good_month():
    """Return ten workdays of twenty answered calls each."""
    days = (9, 10, 11, 12, 13, 16, 17, 18, 19, 20)
    return [
        line
        for day in days
        for hour in (9, 10, 14, 15)
        for minute in range(0, 50, 10)
        for line in taken(at(f"{day} {hour}:{minute:02}"))
    ]


def a_bad_morning(missed=8):
    return [line for n in range(missed) for line in offered(at("23 9:30") + timedelta(minutes=n))]


def told():
    db.session.remove()
    rows = db.session.execute(
        select(Agent.email, Notification.kind)
        .join(Agent, Agent.id == Notification.agent_id)
        .where(Notification.kind.startswith("bu"))
        .order_by(Agent.email)
    )
    return [tuple(row) for row in rows]


def test_each_manager_hears_once_a_day_in_the_desk_and_by_mail(managers):
    take_over(a_good_month() + a_bad_morning(), now=NOON)

    assert burn_alerts.check(now=NOON) == 2
    assert burn_alerts.check(now=NOON + timedelta(minutes=1)) == 0

    assert told() == [("smith@office.test", "burn_fast"), ("wu@office.test", "burn_fast")]
    mails = db.session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert {mail.recipients[0]: mail.subject for mail in mails if mail.kind == "notice"} == {
        "wu@office.test": "漏接过多",
        "smith@office.test": "Too many calls are being missed",
    }


def test_it_says_how_many_and_what_is_left(managers):
    take_over(a_good_month() + a_bad_morning(), now=NOON)
    burn_alerts.check(now=NOON)

    db.session.remove()
    english = db.session.scalars(
        select(Notification.text).where(Notification.text.contains("missed in"))
    ).one()
    assert "8 of 8 calls were missed in the last two hours of service" in english
    assert "8 of 18 in the last working day: 3.0 times what the month allows" in english


def test_a_quiet_desk_and_a_good_day_alarm_nobody(managers):
    take_over(a_good_month() + a_bad_morning(missed=2), now=NOON)

    assert burn_alerts.check(now=NOON) == 0
    assert told() == []


def test_without_calls_nothing_is_said(managers):
    assert burn_alerts.check(now=NOON) == 0


def test_what_is_over_is_not_told_any_more(managers):
    afternoon = [
        line for n in range(30) for line in taken(at("23 13:40") + timedelta(minutes=4 * n))
    ]
    take_over(a_good_month() + a_bad_morning() + afternoon, now=at("23 16:00"))

    assert burn_alerts.check(now=at("23 16:00")) == 0


@pytest.mark.parametrize("when", ["23 12:30", "23 18:30", "22 11:00"])
def test_outside_service_hours_nobody_is_told(managers, when):
    take_over(a_good_month() + a_bad_morning(), now=at("24 12:00"))

    assert burn_alerts.check(now=at(when)) == 0


def test_a_budget_that_is_used_up_is_told_once_a_month(managers):
    lost = [line for n in range(80) for line in offered(at("19 9:30") + timedelta(minutes=n))]
    take_over(a_good_month() + lost, now=at("23 10:00"))

    for day in ("23", "24", "25"):
        burn_alerts.check(now=at(f"{day} 10:00"))

    assert told().count(("wu@office.test", "budget_spent")) == 1


def test_a_slow_burn_is_told_though_no_day_is_alarming(managers):
    lines = [
        line
        for day in (16, 17, 18, 19, 20)
        for n in range(30)
        for line in (
            offered(at(f"{day} 14:00") + timedelta(minutes=n))
            if n % 4 == 0
            else taken(at(f"{day} 14:00") + timedelta(minutes=n))
        )
    ]
    take_over(lines, now=at("20 17:00"))

    burn_alerts.check(now=at("20 17:00"))

    assert ("wu@office.test", "burn_slow") in told()
    assert ("wu@office.test", "burn_fast") not in told()


def test_who_left_or_wants_no_mail_gets_none(managers):
    take_over(a_good_month() + a_bad_morning(), now=NOON)
    with transaction() as session:
        rows = {agent.email: agent for agent in session.scalars(select(Agent))}
        rows["wu@office.test"].notify_by_mail = False
        rows["smith@office.test"].active = False

    assert burn_alerts.check(now=NOON) == 1

    assert told() == [("wu@office.test", "burn_fast")]
    assert db.session.scalar(select(Outbox.id).where(Outbox.kind == "notice")) is None


def test_two_workers_at_once_tell_it_once(app, managers):
    take_over(a_good_month() + a_bad_morning(), now=NOON)
    db.session.remove()

    def work(_):
        with app.app_context():
            try:
                return burn_alerts.check(now=NOON)
            except DBAPIError:  # the other was first; the next minute finds nothing to tell
                db.session.rollback()
                return 0
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(told()) == 2
    mails = db.session.scalars(select(Outbox.recipients).where(Outbox.kind == "notice")).all()
    assert len(mails) == 2
