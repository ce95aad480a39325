"""Invitations: a link that is good for a week, and says so."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import select

from helpdesk.errors import NotFound
from helpdesk.extensions import transaction
from helpdesk.models import Outbox
from helpdesk.services.access import Viewer
from helpdesk.services.identity import accounts, contacts, staff
from tests.services.certification.center_life_help import center_in

BOSS = Viewer(0, "admin", "管理员", "boss@office.test")


@pytest.fixture
def later(monkeypatch):
    """Return a way to let time pass for links, which are dated when they are made."""

    def passes(span: timedelta) -> None:
        made = TimestampSigner.get_timestamp
        monkeypatch.setattr(
            TimestampSigner,
            "get_timestamp",
            lambda signer: made(signer) + int(span.total_seconds()),
        )

    return passes


@pytest.fixture
def invited(session, now):
    """Invite a colleague of a center; return the words of the mail and the link's token."""
    center_in(session, "authorized", now=now, code="CD017")
    with transaction():
        contacts.invite(session, name="何雪", email="he@college.test", center="CD017", now=now)
    text = words(session)
    return text, token(text)


def words(session) -> str:
    session.rollback()
    [row] = session.scalars(select(Outbox)).all()
    return str(row.mail["text"])


def token(text: str) -> str:
    return re.search(r"/password/(?!forgotten)(\S+)", text)[1]


def test_an_invitation_says_who_invites_for_which_center_and_for_how_long(invited):
    text, _link = invited

    for said in ("认证管理办公室", "成都认证中心", "七天", "/password/forgotten"):
        assert said in text


def test_its_link_is_good_for_a_week_and_not_longer(session, invited, later):
    _text, link = invited

    later(timedelta(days=6, hours=23))
    assert accounts.login_for_reset(session, link).email == "he@college.test"
    later(timedelta(hours=2))
    with pytest.raises(NotFound):
        accounts.login_for_reset(session, link)


def test_who_got_it_by_mistake_cannot_use_it_once_the_address_is_right(session, now):
    with transaction():
        accounts.add_login(session, email="boss@office.test", role="admin", now=now)
        lin = staff.invite(
            session, name="林晓", email="lin@ofice.test", role="agent", groups=(), now=now
        )
    link = token(words(session))
    assert accounts.login_for_reset(session, link).email == "lin@ofice.test"

    with transaction():
        right = {"name": "林晓", "email": "lin@office.test", "role": "agent"}
        staff.change(session, lin, **right, groups=(), active=True, by=BOSS, now=now)

    with pytest.raises(NotFound):
        accounts.login_for_reset(session, link)


def test_its_link_serves_once(session, invited):
    _text, link = invited
    with transaction():
        accounts.set_password(
            accounts.login_for_reset(session, link), accounts.hashed("correct horse")
        )

    with pytest.raises(NotFound):
        accounts.login_for_reset(session, link)


def test_a_link_for_a_forgotten_password_still_ends_after_two_hours(session, invited, later, now):
    with transaction():
        session.query(Outbox).delete()
        accounts.send_reset(session, "he@college.test", now=now)
    link = token(words(session))

    later(timedelta(hours=3))

    with pytest.raises(NotFound):
        accounts.login_for_reset(session, link)


def test_a_new_agent_is_invited_to_the_office(session, now):
    with transaction():
        staff.invite(
            session, name="陈静", email="chen@office.test", role="agent", groups=[], now=now
        )

    assert "您受邀加入认证管理办公室" in words(session)


def test_who_never_chose_a_password_is_invited_once_more(session, invited, now):
    with transaction():
        accounts.send_link(session, "he@college.test", now=now + timedelta(days=9))
    session.rollback()

    _first, again = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert "七天" in again.mail["text"]


def test_who_has_one_gets_a_link_for_two_hours(session, invited, now):
    _text, link = invited
    with transaction():
        accounts.set_password(
            accounts.login_for_reset(session, link), accounts.hashed("correct horse")
        )
        accounts.send_link(session, "he@college.test", now=now)
    session.rollback()

    _first, again = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert "两小时" in again.mail["text"]
