"""Sealed numbers: unreadable in the database, found by a hash, shown with a logged reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from helpdesk.errors import Forbidden, NotFound, Refusal, Unavailable
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Center, Login, PersonalAccess, SealedNumber
from helpdesk.services.access import viewer_of
from helpdesk.services.personal import sealed
from tests.services import people
from tests.services.personal.sealing import NEW_KEY, NUMBER, OTHER, keep, row_of, use_keys
from tests.services.personal.test_numbers import id_check


@pytest.fixture
def manager(session, now):
    return people.agent(session, now, "wu@miec.example.cn", role="manager", name="吴昊")


def show(viewer, number, now, *, reason="核对申请单位负责人", center_id=None):
    with transaction() as session:
        return sealed.reveal(
            session, viewer, number, center_id=center_id, reason=reason, now=now, subject="head"
        )


def log(session):
    session.rollback()
    return session.scalars(select(PersonalAccess).order_by(PersonalAccess.id)).all()


def test_nothing_in_the_row_tells_the_number(session, now):
    keep(now)

    row = session.execute(text("SELECT * FROM sealed_number")).one()

    assert NUMBER not in str(tuple(row))
    assert NUMBER.encode() not in bytes(row.cipher)
    assert NUMBER[6:14] not in str(tuple(row))
    assert row.masked == "110105********002X"


def test_the_same_number_is_sealed_differently_and_found_twice(session, now):
    first, second = keep(now), keep(now, "110105 19491231 002x")
    keep(now, OTHER)

    assert row_of(session, first).cipher != row_of(session, second).cipher
    assert [row.id for row in sealed.find(session, "11010519491231002x")] == [first, second]


def test_a_wrong_number_is_neither_kept_nor_looked_for(session, now):
    with pytest.raises(Refusal), transaction() as writing:
        sealed.seal(writing, NUMBER[:-1] + "1", now=now)
    with pytest.raises(Refusal):
        sealed.find(session, "123")

    assert session.scalars(select(SealedNumber)).all() == []


def test_whoever_was_not_born_yet_is_refused_by_the_desk_s_date(session, now):
    digits = "11010520261124001"  # it is still the 23rd there
    with pytest.raises(Refusal, match="出生日期"), transaction() as writing:
        sealed.seal(writing, digits + id_check(digits), now=now)


def test_showing_a_number_is_logged_with_who_why_and_whose(session, now, manager):
    with transaction() as writing:
        center = Center(code="CD017", name="成都", created_at=now)
        writing.add(center)
    number = keep(now)

    assert show(manager, number, now, center_id=center.id) == NUMBER

    (line,) = log(session)
    assert (line.at, line.agent_id, line.by) == (now, manager.agent_id, "吴昊")
    assert (line.sealed_id, line.center_id, line.subject) == (number, center.id, "head")
    assert (line.what, line.reason) == ("revealed", "核对申请单位负责人")


@pytest.mark.parametrize("reason", ["", "   ", "abc", "x" * 501])
def test_without_a_reason_nothing_is_shown_or_logged(session, now, manager, reason):
    number = keep(now)

    with pytest.raises(Refusal) as refused:
        show(manager, number, now, reason=reason)

    assert refused.value.field == "reason"
    assert log(session) == []


def test_a_reason_that_repeats_the_number_is_kept_without_it(session, now, manager):
    number = keep(now)

    show(manager, number, now, reason="核对 110105 19491231 002x 与 11010519491231002X")

    assert log(session)[0].reason == "核对 110105********002X 与 110105********002X"


def test_an_agent_may_not_see_it_until_made_a_channel_manager(session, now):
    agent = people.agent(session, now)
    number = keep(now)
    with pytest.raises(Forbidden):
        show(agent, number, now)

    with transaction() as writing:
        writing.execute(update(Agent).values(channel_manager=True))
    session.rollback()
    login = session.scalars(select(Login).where(Login.agent_id == agent.agent_id)).one()

    assert show(viewer_of(login), number, now) == NUMBER
    assert len(log(session)) == 1


def test_a_center_s_contact_may_not_see_it(session, now):
    contact = people.contact(session, now, "wang@college.test", "CD017")
    number = keep(now)

    with pytest.raises(Forbidden):
        show(contact, number, now)
    with pytest.raises(Forbidden):
        show(replace(contact, role="agent"), number, now)


def test_a_number_that_never_was_is_not_found(now, manager):
    with pytest.raises(NotFound):
        show(manager, 404, now)


def test_a_missing_key_is_said_and_nothing_is_logged(app, session, now, manager):
    number = keep(now)
    use_keys(app, NEW_KEY)

    with pytest.raises(Unavailable):
        show(manager, number, now)

    assert log(session) == []


def test_without_any_key_nothing_is_kept(app, now):
    use_keys(app)

    with pytest.raises(Unavailable):
        keep(now)


@pytest.mark.parametrize("column", ["cipher", "digest", "kind"])
def test_a_row_that_was_changed_does_not_open(session, now, manager, column):
    number, other = keep(now), keep(now, OTHER)
    foreign = row_of(session, other)
    changed = {"cipher": foreign.cipher, "digest": foreign.digest, "kind": "phone"}[column]
    with transaction() as writing:
        writing.execute(
            update(SealedNumber).where(SealedNumber.id == number).values({column: changed})
        )

    with pytest.raises(Unavailable):
        show(manager, number, now)


def test_erasing_leaves_that_it_happened_and_nothing_else(session, now, manager):
    number, other = keep(now), keep(now, OTHER)

    with transaction() as writing:
        assert sealed.erase(writing, [number], now=now, reason="180 days") == 1
        assert sealed.erase(writing, [number], now=now) == 0

    row = row_of(session, number)
    assert (row.cipher, row.key_id, row.digest, row.masked) == (None, None, None, "")
    assert row.erased_at == now
    assert sealed.find(session, NUMBER) == []
    (line,) = log(session)
    assert (line.what, line.by, line.sealed_id, line.reason) == (
        "erased",
        "system",
        number,
        "180 days",
    )
    with pytest.raises(NotFound):
        show(manager, number, now)
    assert show(manager, other, now) == OTHER


def test_masks_are_read_at_once(session, now):
    first, second = keep(now), keep(now, OTHER)

    assert sealed.masked(session, [first, second]) == {
        first: "110105********002X",
        second: "340524********001X",
    }
    assert sealed.masked(session, []) == {}


def test_phones_are_sealed_the_same_way(session, now, manager):
    with transaction() as writing:
        row = sealed.seal(writing, "+86 157 1296 9460", now=now, kind="phone")
        number, shown = row.id, row.masked

    assert shown == "157****9460"
    assert show(manager, number, now) == "15712969460"
    assert [row.id for row in sealed.find(session, "15712969460", kind="phone")] == [number]
