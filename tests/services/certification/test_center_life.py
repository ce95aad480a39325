"""Steps of a center's life: by whom, with what, in one transaction, and as the log tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import Conflict, Forbidden, Refusal
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Center,
    CenterEvent,
    Lecturer,
    Opinion,
    Qualification,
)
from helpdesk.services.certification import center_life, center_log, center_states
from helpdesk.services.certification.center_life import Lacking
from helpdesk.services.certification.center_states import RULES, STATES, STEPS, Standing
from tests.services.certification.center_life_help import TODAY, agreement, center_in, provide, take
from tests.services.people import agent, contact

STEPPED = [rule for rule in RULES if rule.step != "submit"]
TABLE = {(rule.state, rule.step) for rule in RULES}
BY_ONE = ("dates", "region")
"""Needs that another one brings along."""


@pytest.fixture
def manager(session, now):
    return agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def people(session, now, manager, chen):
    """One viewer for each role of the table; the center's is made with the center."""
    return {"office": manager, "channel_manager": replace(chen, channel_manager=True)}


def _actor(people, role, session, now, center_id):
    if role != "center":
        return people[role]
    code = session.get_one(Center, center_id).code
    return replace(contact(session, now, f"wang@{code}.test", code), leads=True)


def _ready(session, rule, now):
    """Return a center that stands before a rule's step, as it came there."""
    exit_by = "breach" if rule.state.startswith("exit_p") else None
    exit_by = "request_exit" if rule.state == "exit_requested" else exit_by
    return center_in(session, rule.state, now=now, exit_by=exit_by)


@pytest.mark.parametrize("rule", STEPPED, ids=lambda rule: f"{rule.state}-{rule.step}")
def test_a_step_with_all_it_needs_is_taken_and_recorded(session, people, now, rule):
    number = _ready(session, rule, now)
    viewer = _actor(people, rule.who, session, now, number)
    needs = [need for need in rule.needs if need not in BY_ONE]

    center = take(session, viewer, number, rule.step, needs=needs, now=now)

    assert center.state == rule.to
    event = session.scalars(select(CenterEvent).order_by(CenterEvent.id.desc()).limit(1)).one()
    assert (event.kind, event.by) == (f"life.{rule.step}", viewer.name)
    assert (event.data["from"], event.data["to"]) == (rule.state, rule.to)
    assert center_log.standing(session, center) == Standing(center.state, center.exit_by)


def test_a_step_that_lacks_something_says_what_and_changes_nothing(session, people, now):
    for rule in STEPPED:
        for left_out in set(rule.needs) - set(BY_ONE):
            number = _ready(session, rule, now)
            viewer = _actor(people, rule.who, session, now, number)
            needs = [need for need in rule.needs if need not in (*BY_ONE, left_out)]
            if left_out == "website_notice":  # on the microblog it links to the website's
                needs.remove("microblog_notice")

            with pytest.raises(Lacking) as refused:
                take(session, viewer, number, rule.step, needs=needs, now=now)

            assert left_out in refused.value.needs
            assert session.get_one(Center, number).state == rule.state
    steps = select(CenterEvent).where(CenterEvent.kind.startswith("life."))
    assert not session.scalars(steps).all()


def test_a_step_that_the_table_does_not_name_is_refused(session, manager, now):
    for state in STATES:
        exit_by = "breach" if state.startswith("exit") else None
        number = center_in(session, state, now=now, exit_by=exit_by)
        for step in STEPS:
            if (state, step) in TABLE and step != "submit":
                continue
            with pytest.raises(Refusal) as refused:
                take(session, manager, number, step, now=now)

            assert refused.value.code == "not_now"
        assert session.get_one(Center, number).state == state


@pytest.mark.parametrize("rule", STEPPED, ids=lambda rule: f"{rule.state}-{rule.step}")
def test_a_step_is_taken_by_nobody_else(session, people, chen, now, rule):
    number = _ready(session, rule, now)
    wang = contact(session, now, "wang@college.test", "CD017")
    others = [chen, wang, contact(session, now, "zhao@other.test", "WH002")]
    others += [replace(wang, leads=True)] if rule.who != "center" else [people["office"]]
    others += [people["channel_manager"]] if rule.who == "office" else []

    for viewer in others:
        with pytest.raises(Forbidden):
            take(session, viewer, number, rule.step, now=now)


def test_of_two_who_saw_the_same_center_the_second_is_told(session, manager, now):
    number = center_in(session, "filed", now=now)
    take(session, manager, number, "forward", needs=["dossier"], now=now)

    with pytest.raises(Conflict, match=r"meanwhile|期间"):
        take(session, manager, number, "decide", needs=["opinions"], seen=1, now=now)


def test_a_basic_criterion_that_is_not_met_stops_the_preliminary_review(session, people, now):
    number = center_in(session, "submitted", now=now)
    provide(session, number, "qualification", now=now)
    session.flush()
    session.query(Qualification).filter_by(criterion="computers").one().confirmed = False
    session.commit()

    with pytest.raises(Refusal) as refused:
        take(session, people["channel_manager"], number, "pass_preliminary", now=now)

    assert refused.value.code == "needs_basic_qualification"


def test_a_preferred_criterion_that_is_not_met_stops_nothing(session, people, now):
    number = center_in(session, "submitted", now=now)
    provide(session, number, "qualification", now=now)
    session.flush()
    session.query(Qualification).filter_by(criterion="own_space").one().confirmed = False
    session.commit()

    center = take(session, people["channel_manager"], number, "pass_preliminary", now=now)

    assert center.state == "site_visit"


def test_one_body_against_it_refuses_the_center(session, manager, now):
    number = center_in(session, "joint_review", now=now)
    provide(session, number, "opinions", now=now)
    session.flush()
    session.query(Opinion).filter_by(body="internet_base").one().favourable = False
    session.commit()

    center = take(session, manager, number, "decide", now=now)

    assert center.state == "rejected"
    assert center_log.standing(session, center).state == "rejected"


def test_a_passed_review_rests_on_the_renewed_agreement(session, manager, now):
    number = center_in(session, "authorized", now=now)
    session.add(agreement(number, now=now, start=TODAY - timedelta(days=365), taken_up=True))
    session.commit()

    needs = ["review", "renewed_agreement"]
    center = take(session, manager, number, "pass_annual_review", needs=needs, now=now)

    first, second = session.scalars(select(Agreement).order_by(Agreement.id))
    assert (first.ended_on, second.taken_up) == (second.valid_from, True)
    assert center.agreement_to == second.valid_to
    assert session.scalars(select(AnnualReview)).one().outcome == "passed"


def test_a_renewed_agreement_brings_its_region(session, manager, now):
    number = center_in(session, "authorized", now=now)
    session.get_one(Center, number).region = "重庆"
    session.add(agreement(number, now=now, start=TODAY - timedelta(days=365), taken_up=True))
    session.commit()

    needs = ["review", "renewed_agreement"]
    center = take(session, manager, number, "pass_annual_review", needs=needs, now=now)

    assert center.region == "四川"


def test_a_breach_ends_the_agreement_that_runs_and_the_one_that_was_to_follow(
    session, manager, now
):
    number = center_in(session, "authorized", now=now)
    runs = agreement(number, now=now, start=TODAY - timedelta(days=325), taken_up=True)
    follows = agreement(number, now=now, start=TODAY + timedelta(days=40), taken_up=True)
    runs.ended_on, runs.ended_why = follows.valid_from, "renewed"
    session.add_all([runs, follows])
    session.commit()

    take(session, manager, number, "breach", needs=["evidence", "reason"], now=now)

    for row in session.scalars(select(Agreement)):
        assert (row.ended_on, row.ended_why) == (TODAY, "breach")


def test_who_leaves_a_second_time_gives_everything_back_again(session, manager, now):
    number = center_in(session, "authorized", now=now)
    came_back = {"plaque_returned_on": TODAY, "documents_returned_on": TODAY}
    for name, day in came_back.items():
        setattr(session.get_one(Center, number), name, day)
    session.commit()

    center = take(session, manager, number, "breach", needs=["evidence", "reason"], now=now)

    [found] = center_life.possible(session, manager, center, today=TODAY)
    assert {"plaque_returned", "documents_returned"} <= set(found.lacking)


@pytest.mark.parametrize(("days", "lacking"), [(-1, ("lecturer_certificate",)), (0, ())])
def test_a_certificate_counts_to_its_last_day(session, manager, now, days, lacking):
    number = center_in(session, "contracted", now=now)
    provide(session, number, "lecturer_certificate", now=now)
    session.flush()
    session.query(Lecturer).one().valid_to = TODAY + timedelta(days=days)
    session.commit()

    [found] = center_life.possible(session, manager, session.get_one(Center, number), today=TODAY)

    assert found.lacking == lacking


def test_a_missed_task_ends_cooperation_for_the_next_year(session, manager, now):
    number = center_in(session, "authorized", now=now)

    needs = ["review", "evidence", "reason"]
    center = take(session, manager, number, "miss_annual_task", needs=needs, now=now)

    assert center.cooperates_again_from == date(2028, 1, 1)


def test_a_task_that_was_done_was_not_missed(session, manager, now):
    number = center_in(session, "authorized", now=now)
    provide(session, number, "review", now=now)
    session.flush()
    session.query(AnnualReview).one().done = 100
    session.commit()

    needs = ["evidence", "reason"]
    with pytest.raises(Lacking) as refused:
        take(session, manager, number, "miss_annual_task", needs=needs, now=now)

    assert refused.value.needs == ("review",)


def test_what_is_possible_says_what_the_record_lacks(session, manager, now):
    number = center_in(session, "exit_processing", now=now, exit_by="breach")

    [found] = center_life.possible(session, manager, session.get_one(Center, number), today=TODAY)

    assert found.rule.step == "complete_exit"
    assert found.lacking == center_states.RULES[-1].needs
