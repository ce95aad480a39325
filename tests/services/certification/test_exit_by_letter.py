"""A center asks on paper to leave, and the office writes it down for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Center, CenterEvent, CenterRequest
from helpdesk.services.certification import center_requests
from helpdesk.services.certification.center_life import Lacking
from tests.services.certification.center_life_help import center_in, paper, take
from tests.services.people import agent


@pytest.fixture
def manager(session, now):
    return agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")


@pytest.fixture
def enter(session, now):
    """Return a way to write a letter down, with its scan or without."""

    def write(viewer, number, *, scanned=True, letter_from="王芳"):
        session.rollback()
        with transaction():
            center = session.get_one(Center, number)
            scan = paper(session, number, "exit_application", now=now) if scanned else None
            said = {"letter_from": letter_from, "reason": "专业调整", "seen": center.version}
            center_requests.enter_exit(session, viewer, center, scan, **said, now=now)
        session.rollback()

    return write


def test_a_letter_is_a_request_that_the_usual_step_decides(session, manager, enter, now):
    number = center_in(session, "authorized", now=now)

    enter(manager, number)

    request = session.scalars(select(CenterRequest)).one()
    assert (request.kind, request.state, request.by) == ("exit", "open", "王芳")
    step = session.scalars(select(CenterEvent).where(CenterEvent.kind == "life.request_exit")).one()
    assert (step.by, step.data["letter_from"]) == ("李晓红", "王芳")
    center = take(session, manager, number, "approve_exit", needs=["reason"], now=now)
    assert (center.state, center.exit_by) == ("exit_processing", "request_exit")
    assert session.scalars(select(CenterRequest.state)).one() == "accepted"


def test_a_letter_needs_its_scan_who_signed_it_and_the_office(session, manager, enter, now):
    number = center_in(session, "authorized", now=now)

    with pytest.raises(Lacking):
        enter(manager, number, scanned=False)
    with pytest.raises(Refusal):
        enter(manager, number, letter_from=" ")
    with pytest.raises(Forbidden):
        enter(agent(session, now), number)
    assert session.get_one(Center, number).state == "authorized"


def test_no_other_step_of_the_office_becomes_a_centers_by_a_letter(session, manager, now):
    number = center_in(session, "filed", now=now)

    with pytest.raises(Forbidden):
        take(session, agent(session, now), number, "forward", letter_from="王芳", now=now)
