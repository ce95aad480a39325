"""Reminders of centers: at their time, once with any number of workers, to who must act."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Center, CenterEvent, Notification, Outbox, Remittance
from helpdesk.services.certification import center_reminders
from helpdesk.services.certification.center_sweep import remind_due
from tests.services.certification.center_life_help import center_in, take
from tests.services.people import agent, record_of
from tests.web.pages import at


@pytest.fixture
def manager(session, now):
    return agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")


def bells(session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Notification.kind).order_by(Notification.id)))


def mails(session) -> list[Outbox]:
    session.rollback()
    return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def due_at(session, number: int):
    session.rollback()
    return session.get_one(Center, number).next_at


def dated(session, number: int, *, now, **values) -> None:
    """Give a center dates, as a step or a person does."""
    session.rollback()
    with transaction():
        center = session.get_one(Center, number)
        for name, value in values.items():
            setattr(center, name, value)
        center_reminders.plan(session, center, now=now)


def fees(session, number: int, exam_on: date, *, now, **values) -> None:
    session.rollback()
    with transaction():
        session.add(
            Remittance(
                center_id=number, exam_on=exam_on, intermediate=10, by="", created_at=now, **values
            )
        )
        center_reminders.plan(session, session.get_one(Center, number), now=now)


def test_an_application_that_waits_is_told_once_and_again_after_as_many_service_days(
    session, manager, now
):
    agent(session, now)  # who answers tickets hears nothing of it
    number = center_in(session, "submitted", now=now)
    assert due_at(session, number) == at("30 10:00")  # five service days

    assert remind_due(at("30 9:59")) == 0
    assert remind_due(at("30 10:00")) == 1
    assert remind_due(at("30 10:01")) == 0

    assert bells(session) == ["center_preliminary"]
    [mail] = mails(session)
    assert (mail.recipients, mail.subject) == (
        [manager.email],
        "申请等待初审: 成都认证中心",
    )
    assert "http://helpdesk.test/centers/CD017" in mail.mail["text"]
    assert due_at(session, number) == at("30 10:00") + timedelta(days=7)
    kinds = session.scalars(select(CenterEvent.kind).order_by(CenterEvent.id)).all()
    assert kinds == ["center.entered", "center.reminded"]


def test_of_two_workers_at_once_each_reminder_is_told_by_one(app, session, manager, now):
    for _ in range(12):
        center_in(session, "filed", now=now)

    def work() -> int:
        with app.app_context():
            try:
                return remind_due(at("30 10:00"))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(work), pool.submit(work)
    reminded = first.result() + second.result()
    reminded += remind_due(at("30 10:00"))  # a worker gives way to the one that holds the rows

    assert reminded == 12
    assert len(bells(session)) == len(mails(session)) == 12


def test_a_step_that_is_taken_meanwhile_is_not_asked_for(session, manager, now):
    number = center_in(session, "filed", now=now)
    take(session, manager, number, "forward", needs=["dossier"], now=at("27 10:00"))

    assert remind_due(at("30 10:00")) == 0
    assert session.get_one(Center, number).reminder == "opinions"


def test_how_many_service_days_is_configured(app, session, now):
    config = app.extensions["helpdesk.config"]
    days = {**config.center_reminder_days, "forward": 2}
    app.extensions["helpdesk.config"] = replace(config, center_reminder_days=days)

    assert due_at(session, center_in(session, "filed", now=now)) == at("25 10:00")


def test_dates_of_a_serving_center_are_told_before_and_again_until_somebody_acts(
    session, manager, now
):
    number = center_in(session, "authorized", now=now)
    assert due_at(session, number) is None

    # twenty and thirty service days before are over: both come again, at the same instant
    coming = {"agreement_to": date(2026, 12, 1), "review_due_on": date(2026, 12, 1)}
    dated(session, number, now=now, **coming)
    remind_due(at("30 18:00"))

    assert sorted(bells(session)) == ["center_agreement_ends", "center_review_due"]
    assert due_at(session, number) is not None
    dated(session, number, now=now, agreement_to=date(2028, 1, 1), review_due_on=None)
    assert due_at(session, number) > at("30 18:00") + timedelta(days=300)


def test_fees_that_are_not_there_on_the_day_of_the_exam_are_told(session, manager, now):
    number = center_in(session, "authorized", now=now)
    fees(session, number, date(2026, 11, 26), now=now)
    assert due_at(session, number) == at("26 9:00")

    remind_due(at("26 9:00"))
    assert bells(session) == ["center_remittance_late"]

    session.query(Remittance).one().confirmed_on = date(2026, 11, 26)
    session.commit()
    dated(session, number, now=at("26 10:00"))
    assert due_at(session, number) is None


def test_nothing_that_waits_is_put_off_by_what_else_happens(session, manager, now):
    """Late fees are told every five days; the closing duties still after their ten."""
    number = center_in(session, "exit_processing", now=now, exit_by="breach")
    fees(session, number, date(2026, 11, 24), now=now)

    for day in ("24", "25", "26", "27", "30"):
        remind_due(at(f"{day} 18:00"))
    remind_due(at("30 18:00") + timedelta(days=7))

    told = bells(session)
    assert told.count("center_closing_duties") == 1
    assert told.count("center_remittance_late") >= 2


def test_a_worker_that_was_away_for_weeks_tells_each_thing_once(session, manager, now):
    number = center_in(session, "submitted", now=now)

    remind_due(at("30 10:00") + timedelta(days=40))

    assert bells(session) == ["center_preliminary"]
    assert due_at(session, number) > at("30 10:00") + timedelta(days=40)


def test_who_wants_quiet_gets_the_mail_at_the_next_opening(session, manager, now):
    """BEHAVIOURS 16."""
    with transaction():
        record_of(session, manager).quiet = True
    center_in(session, "filed", now=now)

    remind_due(at("30 20:00"))

    [mail] = mails(session)
    assert mail.next_try_at == at("30 9:00") + timedelta(days=1)
    assert bells(session) == ["center_forward"]


def test_applications_are_told_to_channel_managers_and_the_rest_to_the_office(
    session, manager, now
):
    chen = agent(session, now)
    with transaction():
        record_of(session, chen).channel_manager = True
    center_in(session, "submitted", now=now)
    center_in(session, "filed", now=now)

    remind_due(at("30 10:00"))

    session.rollback()
    told = session.execute(select(Notification.agent_id, Notification.kind)).all()
    assert sorted(kind for who, kind in told if who == chen.agent_id) == ["center_preliminary"]
    assert sorted(kind for who, kind in told if who == manager.agent_id) == [
        "center_forward",
        "center_preliminary",
    ]


def test_a_center_that_is_over_reminds_nobody(session, manager, now):
    for state, exit_by in (("rejected", None), ("exited", "breach")):
        number = center_in(session, state, now=now, exit_by=exit_by)
        fees(session, number, date(2026, 11, 24), now=now)

        assert due_at(session, number) is None
    assert session.scalars(select(Agent.id)).all()
