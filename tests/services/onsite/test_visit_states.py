"""The table of a visit's steps, and that its log always tells where it stands."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.models import Agent, Target, Visit
from helpdesk.services.onsite import visit_record, visit_states
from helpdesk.services.onsite.visit_states import (
    OPEN,
    RULES,
    STATES,
    Standing,
    after,
    missing,
    rule_for,
)
from helpdesk.services.promises.verification import verify_targets
from tests.services.onsite.visiting import WANG, asked, date_ids, span, step
from tests.services.people import agent, contact

FACTS = {"starts_at": span("26 9:00-12:00")[0], "ends_at": span("26 9:00-12:00")[1], "agent_id": 7}


def test_every_state_is_reached_and_the_last_two_are_left_by_nobody():
    assert {rule.to for rule in RULES} | {"requested"} == set(STATES)
    assert {rule.state for rule in RULES} == set(OPEN)


def test_no_two_rules_speak_of_the_same_step_in_the_same_state():
    assert len({(rule.state, rule.step) for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.state}-{rule.step}")
def test_a_step_names_the_first_thing_that_it_needs(rule):
    given_all = dict.fromkeys(rule.needs, "x")
    assert missing(rule, given_all) is None
    for need in rule.needs:
        assert missing(rule, {**given_all, need: ""}) == need
        assert need in visit_record.NEEDED


def test_a_step_out_of_turn_is_no_step():
    with pytest.raises(ValueError, match="center cannot report"):
        after(Standing(state="confirmed"), "report", "center", {})
    assert rule_for("done", "cancel", "office") is None


@given(
    st.lists(st.tuples(st.sampled_from(visit_states.STEPS), st.sampled_from(["office", "center"])))
)
def test_whatever_is_tried_the_visit_stands_somewhere_legal(tries):
    standing, log = Standing(), []
    for name, side in tries:
        with suppress(ValueError):
            standing = after(standing, name, side, FACTS)
            log.append((name, side, FACTS))
        agreed = standing.state in ("confirmed", "done")
        assert standing.state in STATES
        assert (standing.turn is None) == (standing.state in ("confirmed", "done", "cancelled"))
        assert not agreed or standing.starts_at
        assert standing.state not in ("requested", "proposed") or standing.starts_at is None
    assert visit_states.replay(log) == standing


# What people may try, as (step, who); the dates move on with each try.
TRIES = st.lists(
    st.tuples(st.sampled_from(visit_states.STEPS), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tries=TRIES)
def test_any_sequence_of_steps_leaves_a_row_that_its_log_tells(app, session, now, tries):
    chen, wang = _people(session, now)
    visit = asked(session, wang, now, "26 9:00-12:00", submission=f"{_count(session):032}")
    at = now
    for name, by_office, n in tries:
        at += timedelta(minutes=1)
        with suppress(Refusal):
            _try(session, name, chen if by_office else wang, visit.id, n=n, now=at)
    session.rollback()

    row = session.get_one(Visit, visit.id)
    log = visit_record.log_of(session, row)
    assert visit_states.replay(log) == visit_record.standing_of(row)
    assert row.version == 1 + len(log)
    assert row.state in STATES
    open_by = {date.by_office for date in row.open_dates}
    assert len(open_by) <= 1
    assert row.state in OPEN or row.reminder != "answer"
    met = session.scalar(select(Target.met_at).where(Target.ticket_id == row.ticket_id))
    spoke = any(side == "office" and step != "assign" for step, side, _ in log)
    assert (met is not None) == spoke
    assert list(verify_targets()) == []


def _try(session, name, who, visit_id, *, n, now):
    dates = [span(f"{24 + n % 3} 9:0{n}-11:00")]
    offered = [*date_ids(session, visit_id), None]
    match name:
        case "propose" | "suggest":
            args, more = [dates], {}
        case "accept":
            args, more = [offered[0]], {}
        case "agree":
            args, more = [offered[0]], {"note": "电话"}
        case "assign":
            args, more = [session.scalars(select(Agent)).first() if n else None], {}
        case "reschedule":
            args, more = [dates], {"reason": "停电"}
        case "cancel":
            args, more = [], {"reason": "不需要" if n else ""}
        case _:
            args, more = [], {"done": "看过", "findings": "", "signed_by": "王芳"}
            now += timedelta(days=4)
    step(session, name, who, visit_id, *args, now=now, **more)


def _people(session, now):
    from helpdesk.models import Login
    from helpdesk.services.access import viewer_of

    session.rollback()
    logins = session.scalars(select(Login).order_by(Login.id)).all()
    if not logins:
        return agent(session, now), contact(session, now, WANG, "CD017")
    return viewer_of(logins[0]), viewer_of(logins[1])


def _count(session) -> int:
    db.session.rollback()
    return len(session.scalars(select(Visit.id)).all())
